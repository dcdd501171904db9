// Command vault is the core of HashiCorp's Vault: the real barrier, policies, tokens and leases, with the few
// backends that the lab needs. It is started as the whole command is, `vault server -config=FILE`, and reads the
// same configuration file: storage "inmem", "file" or "consul", TCP listeners with or without TLS.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"syscall"
	"time"

	log "github.com/hashicorp/go-hclog"
	kubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/audit"
	auditfile "github.com/hashicorp/vault/builtin/audit/file"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/command/server"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/physical/consul"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
	"github.com/hashicorp/vault/version"
)

// A request waits at most this long for its body, and an idle connection for its next request.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 5 * time.Minute
)

var (
	secretEngines = map[string]logical.Factory{"kv": kv.Factory}
	authMethods   = map[string]logical.Factory{"approle": approle.Factory, "kubernetes": kubernetes.Factory}
	auditDevices  = map[string]audit.Factory{"file": auditfile.Factory}
	stores        = map[string]physical.Factory{
		"inmem": inmem.NewInmem, "file": file.NewFileBackend, "consul": consul.NewConsulBackend,
	}
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && (args[0] == "version" || args[0] == "-version") {
		fmt.Println("Vault v" + version.GetVersion().Version + " (core)")
		return nil
	}
	if len(args) == 0 || args[0] != "server" {
		return errors.New("usage: vault server -config=FILE | vault version")
	}
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	path := flags.String("config", "", "the server's configuration file")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	config, err := server.LoadConfigFile(*path)
	if err != nil {
		return fmt.Errorf("-config=%q: %w", *path, err)
	}
	return serve(config)
}

// serve answers on every listener until SIGTERM or SIGINT; a JSON line on stdout says that it does.
func serve(config *server.Config) error {
	logger := log.New(&log.LoggerOptions{Name: "vault", Level: log.LevelFromString(config.LogLevel), Output: os.Stderr})
	core, err := newCore(config, logger)
	if err != nil {
		return err
	}
	urls := []string{}
	clusterAddresses := []*net.TCPAddr{}
	failed := make(chan error, len(config.Listeners))
	servers := []*http.Server{}
	for _, listener := range config.Listeners {
		socket, scheme, err := listen(listener)
		if err != nil {
			return err
		}
		urls = append(urls, scheme+"://"+socket.Addr().String())
		if listener.ClusterAddress != "" {
			address, err := net.ResolveTCPAddr("tcp", listener.ClusterAddress)
			if err != nil {
				return fmt.Errorf("listener's cluster_address: %w", err)
			}
			clusterAddresses = append(clusterAddresses, address)
		}
		answering := &http.Server{
			Handler:           vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: listener}),
			ReadHeaderTimeout: headerTimeout,
			IdleTimeout:       idleTimeout,
			ErrorLog:          logger.StandardLogger(nil),
		}
		servers = append(servers, answering)
		go func() { failed <- answering.Serve(socket) }()
	}
	core.SetClusterListenerAddrs(clusterAddresses)
	core.SetClusterHandler(vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core: core, ListenerConfig: &configutil.Listener{MaxRequestSize: vaulthttp.DefaultMaxRequestSize},
	}))
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"urls": urls, "storage": config.Storage.Type}); err != nil {
		return err
	}

	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err = <-failed:
	case <-asked:
		err = nil
	}
	until, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	for _, answering := range servers {
		_ = answering.Shutdown(until)
	}
	return errors.Join(err, core.Shutdown())
}

func newCore(config *server.Config, logger log.Logger) (*vault.Core, error) {
	if config.Storage == nil {
		return nil, errors.New("the configuration has no storage; give it one of inmem, file, consul")
	}
	open, ok := stores[config.Storage.Type]
	if !ok {
		return nil, fmt.Errorf("storage %q is not built in; it would be one of inmem, file, consul", config.Storage.Type)
	}
	store, err := open(config.Storage.Config, logger.Named("storage"))
	if err != nil {
		return nil, fmt.Errorf("storage %q: %w", config.Storage.Type, err)
	}
	core := &vault.CoreConfig{
		RawConfig:          config,
		Physical:           store,
		StorageType:        config.Storage.Type,
		RedirectAddr:       config.APIAddr,
		ClusterAddr:        config.ClusterAddr,
		ClusterName:        config.ClusterName,
		LogicalBackends:    secretEngines,
		CredentialBackends: authMethods,
		AuditBackends:      auditDevices,
		BuiltinRegistry:    registry{},
		DefaultLeaseTTL:    config.DefaultLeaseTTL,
		MaxLeaseTTL:        config.MaxLeaseTTL,
		DisableMlock:       config.DisableMlock,
		DisableCache:       config.DisableCache,
		Logger:             logger,
	}
	if shared, ok := store.(physical.HABackend); ok && shared.HAEnabled() && !config.DisableClustering {
		core.HAPhysical = shared
	}
	return vault.NewCore(core)
}

func listen(config *configutil.Listener) (net.Listener, string, error) {
	socket, err := net.Listen("tcp", config.Address)
	if err != nil {
		return nil, "", err
	}
	if config.TLSDisable {
		return socket, "http", nil
	}
	certificate, err := tls.LoadX509KeyPair(config.TLSCertFile, config.TLSKeyFile)
	if err != nil {
		return nil, "", fmt.Errorf("listener %s: %w", config.Address, err)
	}
	secured := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}
	return tls.NewListener(socket, secured), "https", nil
}

// registry tells the core which plugins are compiled in; without one it refuses every mount.
type registry struct{}

func (registry) factories(kind consts.PluginType) map[string]logical.Factory {
	switch kind {
	case consts.PluginTypeSecrets:
		return secretEngines
	case consts.PluginTypeCredential:
		return authMethods
	default:
		return nil
	}
}

func (r registry) Contains(name string, kind consts.PluginType) bool {
	_, ok := r.factories(kind)[name]
	return ok
}

func (r registry) Get(name string, kind consts.PluginType) (func() (interface{}, error), bool) {
	factory, ok := r.factories(kind)[name]
	return func() (interface{}, error) { return factory, nil }, ok
}

func (r registry) Keys(kind consts.PluginType) []string {
	names := []string{}
	for name := range r.factories(kind) {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (r registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}
