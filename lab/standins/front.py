"""HTTP/1.1 with or without TLS: sockets, keep-alive, chunked streams. Knows nothing of what it serves.

Own code rather than http.server: a watch needs to see that its client has gone, and faults need to cut an answer after
any byte.
"""

from __future__ import annotations

import contextlib
import http
import select
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast

from .request import Hangup, Request, read_request

IDLE_SECONDS = 300.0


class Reply:
    """The way back to one client.

    Attributes:
        cut_after: Bytes after which the connection is cut (a fault); None for never.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.cut_after: int | None = None
        self.started = False
        self.status = 0
        self.keep_alive = True
        self.headers: dict[str, str] = {}

    def _write(self, data: bytes) -> None:
        if self.cut_after is not None:
            part, self.cut_after = data[: self.cut_after], max(0, self.cut_after - len(data))
            if len(part) < len(data) or self.cut_after == 0:
                with contextlib.suppress(OSError):
                    self.connection.sendall(part)
                raise Hangup
        try:
            self.connection.sendall(data)
        except OSError as error:
            raise Hangup from error

    def _head(self, status: int, headers: Mapping[str, str]) -> bytes:
        self.started = True
        self.status = status
        try:
            phrase = http.HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in {**self.headers, **headers}.items()]
        if not self.keep_alive:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def send(
        self,
        status: int,
        body: bytes,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with a whole body."""
        merged = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
        self._write(self._head(status, merged) + body)

    def begin_stream(
        self,
        *,
        status: int = 200,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer a status and a body in chunks."""
        merged = {"Content-Type": content_type, "Transfer-Encoding": "chunked", **(headers or {})}
        self._write(self._head(status, merged))

    def chunk(self, data: bytes) -> None:
        """Send one chunk."""
        self._write(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self) -> None:
        """Send the last chunk."""
        self._write(b"0\r\n\r\n")

    def client_gone(self) -> bool:
        """Whether the client closed its side; looks, and does not wait."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            if not readable:
                return False
            self.connection.settimeout(0.2)
            try:
                return self.connection.recv(1) == b""
            finally:
                self.connection.settimeout(IDLE_SECONDS)
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except (OSError, ValueError):
            return True

    def reset(self) -> None:
        """End the connection with an RST, as a crashed peer does."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Hangup


Handler = Callable[[Request, Reply], None]


class Front:
    """A listening socket and a thread a connection.

    Args:
        handler: Called with each request; what it raises ends the connection.
        port: 0 for any free one.
        tls: The server's TLS context; None for plain HTTP.
        host: Always loopback in the lab.
    """

    def __init__(self, handler: Handler, *, port: int, tls: ssl.SSLContext | None, host: str = "127.0.0.1") -> None:
        self.handler = handler
        self.tls = tls
        self.listener = socket.create_server((host, port), backlog=512)
        self.port: int = self.listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Accept connections from now on."""
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def stop(self) -> None:
        """Close the listener and every connection."""
        self._stopped = True
        # A thread blocked in accept() is not woken by close() alone.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopped:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                if self._stopped:
                    return
                time.sleep(0.05)  # out of file descriptors: others will close theirs
                continue
            threading.Thread(target=self._serve, args=(connection,), name="connection", daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        connection: socket.socket = plain
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(IDLE_SECONDS)
            subject = ""
            groups: tuple[str, ...] = ()
            if self.tls is not None:
                wrapped = self.tls.wrap_socket(plain, server_side=True)
                connection, (subject, groups) = wrapped, _certificate_identity(wrapped)
            with self._lock:
                self._open.add(connection)
            with connection.makefile("rb", buffering=65_536) as reader:
                while not self._stopped and self._one(connection, cast(BinaryIO, reader), subject, groups):
                    pass
        except (Hangup, OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            with contextlib.suppress(OSError):
                connection.close()

    def _one(self, connection: socket.socket, reader: BinaryIO, subject: str, groups: tuple[str, ...]) -> bool:
        request = read_request(reader, connection)
        if request is None:
            return False
        request.subject, request.groups = subject, groups
        reply = Reply(connection)
        reply.keep_alive = request.headers.get("connection", "").lower() != "close"
        try:
            self.handler(request, reply)
        except Hangup:
            raise
        except Exception as error:  # a mistake of the stand-in must show, and not take the others down
            import traceback

            traceback.print_exc(file=sys.stderr)
            if reply.started:
                raise Hangup from error
            reply.send(500, str(error).encode(), content_type="text/plain; charset=utf-8")
        return reply.keep_alive


def _certificate_identity(connection: ssl.SSLSocket) -> tuple[str, tuple[str, ...]]:
    subject: str = ""
    groups: list[str] = []
    certificate: Any = connection.getpeercert() or {}
    for parts in certificate.get("subject", ()):
        for name, value in parts:
            if name == "commonName":
                subject = value
            elif name == "organizationName":
                groups.append(value)
    return subject, tuple(groups)
