"""A real Consul: one server agent that is a datacenter of its own and knows no other."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from lab.endpoints import ConsulEndpoint
from lab.servers import ports
from lab.servers.binaries import binary
from lab.servers.calls import call
from lab.servers.probed import ProbedServer


def launch_consul(
    name: str, *, directory: Path, acl: bool = False, persistent: bool = False
) -> tuple[ProbedServer, ConsulEndpoint]:
    """Start a Consul and return when it has a leader and its node is healthy, as sessions ask for.

    Args:
        name: Its name; in lower case its datacenter's and its node's, with `consul-` before it.
        directory: Its configuration, data and log live in `directory/consul-<name>`.
        acl: Deny what no token allows; the endpoint's token may do everything.
        persistent: Keep the data on disk, so that it survives `server.kill()` and `server.up()`, and a launch in the
            same directory. Otherwise everything is in memory.

    Returns:
        The server and where it answers; the address is the same at every start in the same directory.

    Raises:
        BuildFailed: The binary is missing and cannot be built.
        ServerFailed: It did not come up.
    """
    home = directory / f"consul-{name}"
    chosen = ports.remembered(home, "http", "server", "serf_lan", "serf_wan")
    node = f"consul-{name.lower()}"
    endpoint = ConsulEndpoint(
        name=name,
        url=f"http://127.0.0.1:{chosen['http']}",
        datacenter=name.lower(),
        token=_kept_token(home / "management.token") if acl else "",
    )
    config: dict[str, Any] = {
        "datacenter": endpoint.datacenter,
        "node_name": node,
        "bind_addr": "127.0.0.1",
        "client_addr": "127.0.0.1",
        "ports": {**chosen, "dns": -1, "https": -1, "grpc": -1, "grpc_tls": -1},
        "disable_update_check": True,
        "performance": {"raft_multiplier": 1},
        "log_level": "warn",
    }
    if acl:
        config["acl"] = {
            "enabled": True,
            "default_policy": "deny",
            "tokens": {"initial_management": endpoint.token, "agent": endpoint.token},
        }
    if persistent:
        config |= {"server": True, "bootstrap_expect": 1, "data_dir": str((home / "data").absolute())}
    file = home / "consul.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(config, indent=2))
    server = ProbedServer(
        f"consul-{name}",
        [str(binary("consul")), "agent", *([] if persistent else ["-dev"]), f"-config-file={file}"],
        directory=home,
        is_ready=lambda: _is_ready(endpoint, node),
    )
    server.up()
    return server, endpoint


def _is_ready(endpoint: ConsulEndpoint, node: str) -> bool:
    headers = {"X-Consul-Token": endpoint.token} if endpoint.token else {}
    status, checks = call("GET", f"{endpoint.url}/v1/health/node/{node}", headers=headers)
    return status == 200 and any(check["CheckID"] == "serfHealth" and check["Status"] == "passing" for check in checks)


def _kept_token(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(str(uuid.uuid4()))
    return path.read_text()
