"""The lab's HTTP API on the loopback interface, for the command line and for the processes of actions and sensors.

Paths and documents are StackStorm's own where it has them, so that its habits help here.
"""

from __future__ import annotations

import hmac
import logging
import threading
import urllib.parse
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import orjson

from lab.stackstorm import api_events, api_executions, api_routing, api_site
from lab.stackstorm.errors import NotFound, StackStormError

if TYPE_CHECKING:
    from lab.stackstorm.service import StackStorm

_LOG = logging.getLogger(__name__)
#: Importing them registers what they answer.
ROUTES = (api_events, api_executions, api_site)
_MOST_BODY = 32 * 1024 * 1024


class Api:
    """The server; it listens from the start, and answers once it is started."""

    def __init__(self, service: StackStorm) -> None:
        handler = type("Handler", (_Handler,), {"service": service})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="api", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more. Twice is once."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up in the middle is no news for the terminal."""
        _LOG.info("a connection ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One connection; requests come one after another on it."""

    service: StackStorm
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing of each request."""

    def _answer(self, status: int, document: Any) -> None:
        body = b"" if document is None else orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > _MOST_BODY:
            self.close_connection = True
            self._answer(413, {"faultstring": f"the body has {size} bytes; at most {_MOST_BODY} are taken"})
            return
        raw = self.rfile.read(size)
        if not self._allowed():
            self._answer(401, {"faultstring": "the X-Auth-Token header is missing or wrong"})
            return
        try:
            status, document = self._routed(raw)
        except NotFound as error:
            status, document = 404, {"faultstring": str(error)}
        except (StackStormError, ValueError, TypeError) as error:
            status, document = 400, {"faultstring": str(error)}
        except Exception as error:  # noqa: BLE001 - the last door of a request
            _LOG.exception("%s %s failed", self.command, self.path)
            status, document = 500, {"faultstring": f"{type(error).__name__}: {error}"}
        self._answer(status, document)

    def _routed(self, raw: bytes) -> tuple[int, Any]:
        path, _, query = self.path.partition("?")
        body = orjson.loads(raw) if raw else None
        asked: Mapping[str, str] = dict(urllib.parse.parse_qsl(query))
        call, arguments = api_routing.find(self.command, path.removeprefix("/v1"))
        request = api_routing.Request(self.service, asked, body, dict(self.headers))
        return call(request, *arguments)

    def _allowed(self) -> bool:
        query = dict(urllib.parse.parse_qsl(self.path.partition("?")[2]))
        given = self.headers.get("X-Auth-Token") or self.headers.get("St2-Api-Key") or ""
        given = given or query.get("x-auth-token") or query.get("st2-api-key") or ""
        return any(hmac.compare_digest(given, token) for token in list(self.service.tokens))

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - the base class's names
