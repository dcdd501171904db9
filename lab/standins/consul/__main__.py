"""`python -m lab.standins.consul --name paasA --port 0 --dir DIR [--datacenter dc] [--acl]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from lab.standins.consul.server import Consul
from lab.standins.httpd import listen, serve_until_told, tls_context

TOKEN_FILE = "management.token"  # noqa: S105 - a name


def main() -> None:
    """Serve until SIGTERM; the ready line is `{"name", "url", "datacenter"}`."""
    parser = argparse.ArgumentParser(prog="python -m lab.standins.consul", description=__doc__)
    parser.add_argument("--name", required=True, help="the agent's node name")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dir", type=Path, required=True, help="where the state is kept")
    parser.add_argument("--datacenter", default="")
    parser.add_argument("--acl", action="store_true", help=f"enforce ACLs; DIR/{TOKEN_FILE} may do all")
    parser.add_argument("--tls-cert", type=Path, help="serve https with this certificate")
    parser.add_argument("--tls-key", type=Path, help="the certificate's key")
    options = parser.parse_args()
    context = tls_context(options.tls_cert, options.tls_key) if options.tls_cert else None
    datacenter = options.datacenter or options.name.lower()
    consul = Consul(
        name=options.name,
        directory=options.dir,
        datacenter=datacenter,
        management_token=(options.dir / TOKEN_FILE).read_text() if options.acl else None,
    )
    server = listen(consul.respond, port=options.port, directory=options.dir, tls=context)
    consul.address = f"127.0.0.1:{server.port}"
    consul.sessions.start_reaper()
    ready = {
        "name": options.name,
        "url": f"{'https' if context else 'http'}://{consul.address}",
        "datacenter": datacenter,
    }
    serve_until_told(server, ready=ready, stopped=consul.store.journal.close)


if __name__ == "__main__":
    main()
