"""A Consul of one process: keys, transactions, blocking queries, sessions and ACLs over a real socket."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

from lab.endpoints import ConsulEndpoint
from lab.processes import Server

REPOSITORY = Path(__file__).resolve().parents[3]


def launch(
    name: str,
    *,
    directory: Path | str,
    port: int = 0,
    datacenter: str | None = None,
    acl: bool = False,
    tls: bool = False,
) -> tuple[Server, ConsulEndpoint]:
    """Start a stand-in.

    Args:
        name: The agent's node name, and its log's.
        directory: Where its log and its state go; a later start on the same directory goes on from there.
        port: Its port, 0 for any; a later start on the same directory takes the same again.
        datacenter: The datacenter's name; by default the name in lower case.
        acl: Enforce ACLs with default policy deny; the endpoint's token is then a management token.
        tls: Answer over https; the authority's file is `directory/consul-<name>/ca.crt`.

    Raises:
        lab.processes.ServerFailed: It did not come up.
    """
    directory = Path(directory)
    home = directory / f"consul-{name}"
    token = ""
    if acl:
        token = str(uuid.uuid5(uuid.NAMESPACE_URL, f"consul-management:{name}"))
        home.mkdir(parents=True, exist_ok=True)
        kept = home / "management.token"
        kept.touch(mode=0o600)
        kept.write_text(token)
    argv = [sys.executable, "-m", "lab.standins.consul", "--name", f"consul-{name.lower()}", "--port", str(port)]
    argv += ["--dir", str(home), "--datacenter", datacenter or name.lower()]
    argv += ["--acl"] if acl else []
    if tls:
        from lab.servers.certificates import Authority

        serving = Authority(home).serving("server")
        argv += ["--tls-cert", str(serving.certificate), "--tls-key", str(serving.key)]
    server = Server(f"consul-{name}", argv, directory=directory, env={"PYTHONPATH": str(REPOSITORY)})
    ready = server.start_ready_line()
    return server, ConsulEndpoint(name=name, url=ready["url"], datacenter=ready["datacenter"], token=token)
