"""A real Vault, initialised, unsealed and with its secret engines mounted, or left for a test to do that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from lab.endpoints import ConsulEndpoint, VaultEndpoint
from lab.servers import ports
from lab.servers.binaries import binary
from lab.servers.calls import call
from lab.servers.certificates import Authority
from lab.servers.probed import ProbedServer
from lab.servers.vault_setup import set_up

Storage = Literal["inmem", "file", "consul"]


def launch_vault(
    name: str,
    *,
    directory: Path,
    root_token: str = "",
    storage: Storage = "inmem",
    consul: ConsulEndpoint | None = None,
    beside: str = "",
    tls: bool = False,
    shares: int = 1,
    threshold: int = 1,
    ready: bool = True,
) -> tuple[ProbedServer, VaultEndpoint]:
    """Start a Vault with KV version 2 at `secret/` and version 1 at `kv1/`.

    A Vault that is killed and started again is sealed, as any is: `unseal(endpoint)` opens it. One in memory has
    forgotten everything then, its initialisation included.

    Args:
        name: Its name.
        directory: Its configuration, data, keys and log live in `directory/vault-<name>`.
        root_token: The root token it shall have; by default the one it makes up.
        storage: Where it keeps its data: in memory, in files, or in `consul`.
        consul: The Consul for the storage of that name; its data is under `vault-<name>/`.
        beside: The Vault in the same Consul whose data it shares: one of the two is active, the other its standby.
        tls: Answer over https; `vault_ca_file(directory, name)` is the authority's file.
        shares: How many key shares the unseal key is split into.
        threshold: How many of them unseal it.
        ready: False leaves a new Vault uninitialised, and the endpoint without token and keys.

    Returns:
        The server and where it answers; the address is the same at every start in the same directory.

    Raises:
        BuildFailed: The binary is missing and cannot be built.
        ServerFailed: It did not come up, or could not be initialised.
        ValueError: `storage` is `consul` and no Consul is given.
    """
    if storage == "consul" and consul is None:
        raise ValueError("storage='consul' needs consul=, the endpoint of a Consul to keep the data in")
    home = directory / f"vault-{name}"
    chosen = ports.remembered(home, "api", "cluster")
    url = f"{'https' if tls else 'http'}://127.0.0.1:{chosen['api']}"
    listener: dict[str, Any] = {"address": f"127.0.0.1:{chosen['api']}", "tls_disable": not tls}
    listener["cluster_address"] = f"127.0.0.1:{chosen['cluster']}"
    if tls:
        serving = Authority(home).serving("server")
        listener |= {"tls_cert_file": str(serving.certificate), "tls_key_file": str(serving.key)}
    config = {
        "storage": {storage: _store(storage, beside or name, home, consul)},
        "listener": [{"tcp": listener}],
        "api_addr": url,
        "cluster_addr": f"https://127.0.0.1:{chosen['cluster']}",
        "disable_mlock": True,
        "log_level": "warn",
    }
    file = home / "vault.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(config, indent=2))
    ca_file = vault_ca_file(directory, name) if tls else None
    server = ProbedServer(
        f"vault-{name}",
        [str(binary("vault")), "server", f"-config={file}"],
        directory=home,
        is_ready=lambda: call("GET", f"{url}/v1/sys/seal-status", ca_file=ca_file)[0] == 200,
    )
    server.up()
    endpoint = VaultEndpoint(name=name, url=url, token="")
    if ready:
        endpoint = set_up(
            server,
            endpoint,
            keys_file=home / "init.json",
            root_token=root_token,
            shares=shares,
            threshold=threshold,
            ca_file=ca_file,
        )
    return server, endpoint


def vault_ca_file(directory: Path, name: str) -> Path:
    """The authority that signed the certificate of a Vault that was started with `tls`."""
    return directory / f"vault-{name}" / "ca.crt"


def _store(storage: Storage, name: str, home: Path, consul: ConsulEndpoint | None) -> Mapping[str, str]:
    if storage == "file":
        return {"path": str((home / "data").absolute())}
    if storage == "consul" and consul:
        return {"address": consul.url, "path": f"vault-{name}/", "token": consul.token, "session_ttl": "10s"}
    return {}
