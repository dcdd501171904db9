"""AWS on one machine: moto's server, and before it a proxy that makes it slow, late or faulty on request."""

from __future__ import annotations

import json
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

from lab.endpoints import AwsEndpoint
from lab.processes import Server

REPOSITORY = Path(__file__).resolve().parents[2]


def launch(
    *, directory: Path | str, port: int = 0, delays: dict[str, float] | None = None
) -> tuple[list[Server], AwsEndpoint]:
    """Start moto's server and the proxy before it.

    Args:
        directory: Where the logs go.
        port: The proxy's port, 0 for any.
        delays: Seconds by state (`creating`, `modifying`, `deleting`, `registering`, ...), see docs/lab-services.md.

    Returns:
        The two servers (moto's first), and the endpoint of the proxy.

    Raises:
        lab.processes.ServerFailed: One of them did not come up.
    """
    directory = Path(directory)
    moto_port = _free_port()
    moto = Server(
        "aws-moto", [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(moto_port)], directory=directory
    )
    moto.start_until(lambda: _listens(moto_port), timeout=60)
    upstream = f"http://127.0.0.1:{moto_port}"
    argv = [sys.executable, "-m", "lab.aws.proxy", "--upstream", upstream, "--port", str(port)]
    proxy = Server("aws-proxy", argv, directory=directory, env={"PYTHONPATH": str(REPOSITORY)})
    try:
        ready = proxy.start_ready_line()
    except BaseException:
        moto.stop()
        raise
    endpoint = AwsEndpoint(url=ready["url"])
    if delays:
        control(endpoint, "PUT", "delays", delays)
    return [moto, proxy], endpoint


def control(endpoint: AwsEndpoint, method: str, what: str, body: Any = None) -> Any:
    """Call one of the proxy's own endpoints, `control(endpoint, "POST", "rules", {...})`, and return its JSON.

    Raises:
        urllib.error.HTTPError: The proxy refused; its body says why.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{endpoint.url}/__lab__/{what}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
