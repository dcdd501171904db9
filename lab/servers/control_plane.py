"""The command line of each program of a cluster. All listen on 127.0.0.1 alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.servers.binaries import binary
from lab.servers.credentials import Credentials

# RFC 5737's documentation range: stands as the endpoint of the Service default/kubernetes, and nobody dials it. The
# API refuses a loopback address there, and a machine without a network has no other.
ADVERTISED = "192.0.2.1"

_AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
"""


def etcd(directory: Path, *, client_port: int, peer_port: int) -> list[str]:
    """One member, without fsync: what a killed process wrote survives, what a machine's crash tears does not matter."""
    client, peer = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
    return [
        str(binary("etcd")),
        f"--data-dir={directory / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver(
    directory: Path,
    *,
    name: str,
    etcd_url: str,
    port: int,
    credentials: Credentials,
    service_accounts: bool,
    audit_log: Path | None,
    watch_cache: bool,
    watch_cache_sizes: Mapping[str, int],
    flags: Sequence[str],
) -> list[str]:
    """One API server; clusters share an etcd and are kept apart by `--etcd-prefix`."""
    argv = [
        str(binary("kube-apiserver")),
        f"--etcd-servers={etcd_url}",
        f"--etcd-prefix=/{name}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        f"--advertise-address={ADVERTISED}",
        f"--cert-dir={directory / 'pki'}",
        f"--tls-cert-file={credentials.serving.certificate}",
        f"--tls-private-key-file={credentials.serving.key}",
        f"--client-ca-file={credentials.authority.pair.certificate}",
        f"--service-account-issuer=https://{name}.lab.internal",
        f"--service-account-signing-key-file={credentials.service_accounts}",
        f"--service-account-key-file={credentials.service_accounts}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={credentials.tokens}",
        "--service-cluster-ip-range=10.96.0.0/16",
        # The aggregation layer. Nothing routes a Service's cluster IP here: an APIService or a webhook that shall
        # answer names a Service of type ExternalName (`localhost`), or the webhook a url.
        f"--requestheader-client-ca-file={credentials.front_proxy.pair.certificate}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={credentials.front_proxy_client.certificate}",
        f"--proxy-client-key-file={credentials.front_proxy_client.key}",
        f"--watch-cache={str(watch_cache).lower()}",
    ]
    if watch_cache_sizes:
        argv.append("--watch-cache-sizes=" + ",".join(f"{kind}#{size}" for kind, size in watch_cache_sizes.items()))
    if not service_accounts:
        # It refuses every Pod until a controller has made the namespace's default ServiceAccount.
        argv.append("--disable-admission-plugins=ServiceAccount")
    if audit_log:
        policy = directory / "audit-policy.yaml"
        policy.write_text(_AUDIT_POLICY)
        # Blocking is the default: a request is in the log before its answer is out, so a test may count at once.
        argv += [f"--audit-policy-file={policy}", f"--audit-log-path={audit_log}"]
    return [*argv, *flags]


def controller_manager(kubeconfig: Path, *, credentials: Credentials) -> list[str]:
    """All controllers but the two that want machines and a cloud."""
    authority = credentials.authority.pair
    return [
        str(binary("kube-controller-manager")),
        f"--kubeconfig={kubeconfig}",
        f"--service-account-private-key-file={credentials.service_accounts}",
        f"--root-ca-file={authority.certificate}",
        f"--cluster-signing-cert-file={authority.certificate}",
        f"--cluster-signing-key-file={authority.key}",
        "--leader-elect=false",
        "--secure-port=0",
        "--controllers=*,-nodeipam,-cloud-node-lifecycle-controller",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        f"--flex-volume-plugin-dir={kubeconfig.parent / 'flexvolume'}",  # it would make one under /usr
    ]


def scheduler(kubeconfig: Path) -> list[str]:
    """The default scheduler."""
    return [str(binary("kube-scheduler")), f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0"]


def kwok(kubeconfig: Path, *, port: int) -> list[str]:
    """What stands for every node's kubelet: Pods run, Jobs complete, nodes are ready, and no container starts."""
    return [
        str(binary("kwok")),
        f"--kubeconfig={kubeconfig}",
        "--manage-all-nodes=true",
        f"--server-address=127.0.0.1:{port}",
        "--node-ip=127.0.0.1",
        f"--node-port={port}",
        "--node-lease-duration-seconds=40",
    ]
