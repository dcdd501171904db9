"""Real Consuls: a server agent, or a few together, that are a datacenter of their own and know no other."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from lab.endpoints import ConsulEndpoint
from lab.servers import ports
from lab.servers.binaries import binary
from lab.servers.calls import call
from lab.servers.probed import ProbedServer, stop


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
    config = _config(endpoint.datacenter, node, chosen)
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


def launch_consul_cluster(
    name: str, *, directory: Path, count: int = 3
) -> tuple[list[ProbedServer], list[ConsulEndpoint]]:
    """Start servers that are one datacenter together, and return when they have a leader.

    With fewer than half of them left there is none: a Consul that lost its leader.

    Args:
        name: As in `launch_consul`; each server has its number after it.
        directory: As in `launch_consul`.
        count: How many.

    Returns:
        The servers, and where each answers.

    Raises:
        BuildFailed: The binary is missing and cannot be built.
        ServerFailed: One of them did not come up.
    """
    homes = [directory / f"consul-{name}-{number}" for number in range(count)]
    chosen = [ports.remembered(home, "http", "server", "serf_lan", "serf_wan") for home in homes]
    servers, endpoints = [], []
    for number, (home, own) in enumerate(zip(homes, chosen, strict=True)):
        node = f"consul-{name.lower()}-{number}"
        endpoint = ConsulEndpoint(name=name, url=f"http://127.0.0.1:{own['http']}", datacenter=name.lower(), token="")
        config = _config(endpoint.datacenter, node, own)
        config |= {"server": True, "bootstrap_expect": count, "data_dir": str((home / "data").absolute())}
        config["retry_join"] = [f"127.0.0.1:{each['serf_lan']}" for each in chosen]
        config["retry_interval"] = "1s"
        file = home / "consul.json"
        file.write_text(json.dumps(config, indent=2))
        argv = [str(binary("consul")), "agent", f"-config-file={file}"]
        servers.append(ProbedServer(node, argv, directory=home, is_ready=partial(_is_ready, endpoint, node)))
        endpoints.append(endpoint)
    try:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(ProbedServer.up, servers))
    except BaseException:
        stop(servers)
        raise
    return servers, endpoints


def _config(datacenter: str, node: str, chosen: Mapping[str, int]) -> dict[str, Any]:
    return {
        "datacenter": datacenter,
        "node_name": node,
        "bind_addr": "127.0.0.1",
        "client_addr": "127.0.0.1",
        "ports": {**chosen, "dns": -1, "https": -1, "grpc": -1, "grpc_tls": -1},
        "disable_update_check": True,
        "performance": {"raft_multiplier": 1},
        "log_level": "warn",
    }


def _is_ready(endpoint: ConsulEndpoint, node: str) -> bool:
    headers = {"X-Consul-Token": endpoint.token} if endpoint.token else {}
    status, checks = call("GET", f"{endpoint.url}/v1/health/node/{node}", headers=headers)
    return status == 200 and any(check["CheckID"] == "serfHealth" and check["Status"] == "passing" for check in checks)


def _kept_token(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(str(uuid.uuid4()))
    return path.read_text()
