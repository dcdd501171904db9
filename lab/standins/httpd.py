"""A small threaded HTTP/1.1 server: what the stand-ins need of a socket, and how they may break it on purpose."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

MAX_BODY = 64 * 1024 * 1024
MAX_HEADERS = 200


class Malformed(Exception):
    """The bytes on the socket are not an HTTP/1.1 request that this server understands."""


@dataclass
class Request:
    """One request as it came: header names in lower case, the path still percent-encoded."""

    method: str
    target: str
    headers: dict[str, str]
    raw_headers: list[tuple[str, str]]
    body: bytes
    path: str = ""
    query: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path, _, query = self.target.partition("?")
        if query:
            self.query = parse_qs(query, keep_blank_values=True)

    def has(self, name: str) -> bool:
        """Whether the query names this parameter, with a value or without."""
        return name in self.query

    def arg(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def path_bytes(self) -> bytes:
        """The path decoded to the bytes that the client meant."""
        return unquote_to_bytes(self.path)

    def json(self) -> Any:
        """The body as JSON, None where it is empty.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body) if self.body.strip() else None


@dataclass
class Response:
    """One answer. `reset` closes the connection with RST instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False

    @classmethod
    def of_json(cls, value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """A JSON document as the answer."""
        body = json.dumps(value, separators=(",", ":")).encode()
        return cls(status, body, {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def of_text(cls, text: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Plain text as the answer."""
        return cls(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})


Respond = Callable[[Request], Response]


class HttpServer(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 and hands every request to `respond`, each connection in a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, respond: Respond, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.tls = tls
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def port(self) -> int:
        """The port that the system gave it."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not news; anything else goes to the log."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)


class _Connection(socketserver.StreamRequestHandler):
    server: HttpServer
    disable_nagle_algorithm = True
    timeout = 900  # longer than any blocking query, so that only an idle client is ever cut off

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        try:
            while self._one():
                pass
        except Malformed as error:
            self._write("GET", Response.of_text(str(error), status=400), keep=False)

    def _one(self) -> bool:
        line = self.rfile.readline(65537)
        if not line:
            return False
        if line in (b"\r\n", b"\n"):
            return True
        try:
            method, target, version = line.decode("latin-1").split()
        except ValueError:
            raise Malformed("the request line is not METHOD TARGET VERSION") from None
        raw = self._headers()
        headers = {name.lower(): value for name, value in raw}
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = Request(method, target, headers, raw, self._body(headers))
        keep = headers.get("connection", "").lower() != "close" and version != "HTTP/1.0"
        try:
            response = self.server.respond(request)
        except Exception as error:
            self._write(method, Response.of_text(f"stand-in failed: {error!r}", status=500), keep=False)
            raise
        if response.reset:
            reset(self.request)
            return False
        self._write(method, response, keep=keep)
        return keep

    def _headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = []
        while (line := self.rfile.readline(65537)) not in (b"\r\n", b"\n", b""):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or len(headers) >= MAX_HEADERS:
                raise Malformed("a header without a colon, or too many of them")
            headers.append((name.strip(), value.strip()))
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        try:
            length = int(headers.get("content-length") or 0)
        except ValueError:
            raise Malformed("Content-Length is not a number") from None
        if not 0 <= length <= MAX_BODY:
            raise Malformed(f"a body of {length} bytes; at most {MAX_BODY} are read")
        body = self.rfile.read(length) if length else b""
        if len(body) != length:
            raise ConnectionResetError("the client went away in the middle of its body")
        return body

    def _chunks(self) -> bytes:
        body = b""
        while len(body) <= MAX_BODY:
            try:
                size = int(self.rfile.readline(1024).split(b";")[0], 16)
            except ValueError:
                raise Malformed("a chunk without a size") from None
            if size == 0:
                self._headers()  # trailers
                return body
            body += self.rfile.read(size)
            self.rfile.readline(8)
        raise Malformed(f"a body of more than {MAX_BODY} bytes")

    def _write(self, method: str, response: Response, *, keep: bool) -> None:
        lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if not any(name.lower() == "content-length" for name in response.headers):
            lines.append(f"Content-Length: {len(response.body)}")
        if not keep:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        no_body = method == "HEAD" or response.status in (204, 304)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(head if no_body else head + response.body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


def reset(connection: socket.socket) -> None:
    """Close a connection the hard way: the client sees "connection reset by peer"."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server needs to answer over https."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def listen(respond: Respond, *, port: int, directory: Path, tls: ssl.SSLContext | None = None) -> HttpServer:
    """A server on `port`; for port 0 on the one that it had last time in this directory, if that is still free."""
    remembered = directory / "port"
    directory.mkdir(parents=True, exist_ok=True)
    if not port and remembered.exists():
        with contextlib.suppress(OSError, ValueError):
            return HttpServer(respond, port=int(remembered.read_text()), tls=tls)
    server = HttpServer(respond, port=port, tls=tls)
    remembered.write_text(str(server.port))
    return server


def serve_until_told(server: HttpServer, *, ready: dict[str, Any], stopped: Callable[[], None] = lambda: None) -> None:
    """Print the ready line, serve until SIGTERM or SIGINT, then call `stopped` and return."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    print(json.dumps(ready), flush=True)
    told.wait()
    server.shutdown()
    server.server_close()
    stopped()
