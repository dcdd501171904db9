"""`python -m lab.standins.kube --name paasA --port 0 --dir DIR`: prints one JSON line when it is ready."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from lab.servers import ports
from lab.servers.credentials import write_kubeconfig

from .server import KubeStandIn


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="lab.standins.kube", description="A stand-in for a Kubernetes API server.")
    parser.add_argument("--name", required=True, help="the cluster's name")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one, the same ever after in its folder")
    parser.add_argument(
        "--dir", type=Path, required=True, help="where all it keeps goes: objects, certificates, token, kubeconfig"
    )
    parser.add_argument("--version", choices=("1.36", "1.7"), default="1.36")
    parser.add_argument(
        "--bookmark-interval", type=float, default=60.0, help="seconds between bookmarks of an idle watch"
    )
    parser.add_argument("--establish-delay", type=float, default=0.02, help="seconds until a new CRD is Established")
    parser.add_argument("--history", type=int, default=20_000, help="events kept a resource")
    parser.add_argument("--no-controllers", action="store_true", help="as an API server without a controller manager")
    arguments = parser.parse_args()
    token_file = arguments.dir / "admin.token"
    arguments.dir.mkdir(parents=True, exist_ok=True)
    token = token_file.read_text().strip() if token_file.exists() else secrets.token_urlsafe(24)
    with os.fdopen(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token)
    port = arguments.port or ports.remembered(arguments.dir, "apiserver")["apiserver"]
    server = KubeStandIn(
        arguments.name,
        directory=arguments.dir,
        token=token,
        port=port,
        version=arguments.version,
        bookmark_interval=arguments.bookmark_interval,
        establish_delay=arguments.establish_delay,
        history=arguments.history,
        controllers=not arguments.no_controllers,
        keep=True,
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    path = write_kubeconfig(
        arguments.dir / "kubeconfig", name=arguments.name, url=server.url, ca_file=server.ca_file, token=token
    )
    ready = {
        "url": server.url,
        "ca_file": str(server.ca_file),
        "token_file": str(token_file),
        "kubeconfig": str(path),
    }
    print(json.dumps(ready), flush=True)
    stop.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
