"""`python -m lab.standins.vault --name paasA --port 0 --dir DIR [--tls]`: starts sealed, or not initialised."""

from __future__ import annotations

import argparse
from pathlib import Path

from lab.standins.httpd import listen, serve_until_told, tls_context
from lab.standins.vault.server import Vault


def main() -> None:
    """Serve until SIGTERM; the ready line is `{"name", "url"}`."""
    parser = argparse.ArgumentParser(prog="python -m lab.standins.vault", description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dir", type=Path, required=True, help="where its documents are kept, unencrypted")
    parser.add_argument("--tls-cert", type=Path, help="serve https with this certificate")
    parser.add_argument("--tls-key", type=Path, help="the certificate's key")
    options = parser.parse_args()
    context = tls_context(options.tls_cert, options.tls_key) if options.tls_cert else None
    vault = Vault(directory=options.dir)
    server = listen(vault.respond, port=options.port, directory=options.dir, tls=context)
    url = f"{'https' if context else 'http'}://127.0.0.1:{server.port}"
    serve_until_told(server, ready={"name": options.name, "url": url}, stopped=vault.storage.close)


if __name__ == "__main__":
    main()
