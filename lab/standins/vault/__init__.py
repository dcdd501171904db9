"""A Vault of one process: KV 1 and 2, policies, tokens, AppRole and Kubernetes auth over a real socket."""

from __future__ import annotations

import sys
from pathlib import Path

from lab.endpoints import VaultEndpoint
from lab.processes import Server

REPOSITORY = Path(__file__).resolve().parents[3]


def launch(
    name: str,
    *,
    directory: Path | str,
    port: int = 0,
    root_token: str = "",
    tls: bool = False,
    shares: int = 1,
    threshold: int = 1,
    ready: bool = True,
) -> tuple[Server, VaultEndpoint]:
    """Start a stand-in, initialised, unsealed, with KV version 2 at `secret/` and version 1 at `kv1/`.

    The steps are those that the real Vault is brought up with (`lab.servers.vault_setup`). One that is killed and
    started again is sealed, as any Vault is.

    Args:
        name: Its name, and its log's.
        directory: Where its log and its documents go; a later launch on the same directory unseals what is there.
        port: Its port, 0 for any; a later start on the same directory takes the same again.
        root_token: The root token it shall have; by default the one it makes up.
        tls: Answer over https; the authority's file is `directory/vault-<name>/ca.crt`.
        shares: How many key shares the unseal key is split into.
        threshold: How many of them unseal it.
        ready: False leaves a new one uninitialised, and the endpoint without token and keys.

    Raises:
        lab.processes.ServerFailed: It did not come up, or could not be initialised.
    """
    from lab.servers.vault_setup import set_up

    directory = Path(directory)
    home = directory / f"vault-{name}"
    home.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "lab.standins.vault", "--name", name, "--port", str(port), "--dir", str(home)]
    ca_file = None
    if tls:
        from lab.servers.certificates import Authority

        serving = Authority(home).serving("server")
        argv += ["--tls-cert", str(serving.certificate), "--tls-key", str(serving.key)]
        ca_file = home / "ca.crt"
    server = Server(f"vault-{name}", argv, directory=directory, env={"PYTHONPATH": str(REPOSITORY)})
    endpoint = VaultEndpoint(name=name, url=server.start_ready_line()["url"], token="")
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
