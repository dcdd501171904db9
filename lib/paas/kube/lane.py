"""A connection of its own for one thread that sends many small requests, one after the other.

Address, TLS and credentials are those of urllib3's pool; what goes over the connection is HTTP/1.1 in its barest form.
Half of a small request's time in the client goes into what the libraries do around it (`http.client` reads each
answer's headers with the parser for e-mail; the pool does as much again, see docs/benchmarks.md). Where somebody
creates fifty thousand objects, that is minutes.

Source of the format: RFC 9112. An API server sends no trailers, and no body that is delimited in another way than by
its length, by chunks or by the end of the connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from paas.kube.transport import READ_TIMEOUT, Answer, NoAnswer

_LONGEST_LINE = 65_536
_MOST_HEADERS = 200


class Lane:
    """One kept connection; not for more than one thread at a time.

    Args:
        pool: The urllib3 pool whose settings it shares.
        configuration: A `kubernetes.client.Configuration`, which says how to sign in.
        prefix: What stands before each path.
        user_agent: What the server's audit log shows.
    """

    def __init__(self, pool: Any, configuration: Any, *, prefix: str, user_agent: str) -> None:
        self._pool = pool
        self._configuration = configuration
        self._prefix = prefix
        host = f"[{pool.host}]" if ":" in pool.host else pool.host
        self._fixed = (
            f" HTTP/1.1\r\nHost: {host}:{pool.port}\r\nUser-Agent: {user_agent}\r\n"
            "Accept: application/json\r\nContent-Type: application/json\r\n"
        )
        self._connection: Any = None
        self._reader: BinaryIO | None = None

    def request(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Send one request and read its answer; after a failure the next one connects anew.

        Args:
            method: `POST`, ...
            path: Path and query, percent-encoded.
            body: JSON, encoded.

        Raises:
            NoAnswer: No answer came, or it broke off.
        """
        import urllib3

        try:
            reader = self._reader or self._connect()
            self._connection.sock.sendall(self._head(method, path, len(body)) + body)
            return self._answer(reader)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            self.close()
            raise NoAnswer(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        if self._reader is not None:
            self._reader.close()
        self._connection = self._reader = None

    def _connect(self) -> BinaryIO:
        # The pool's own way to a connection, so that certificates are checked as everywhere else.
        self._connection = self._pool._new_conn()
        self._connection.timeout = READ_TIMEOUT
        self._connection.connect()
        reader: BinaryIO = self._connection.sock.makefile("rb")
        self._reader = reader
        return reader

    def _head(self, method: str, path: str, length: int) -> bytes:
        token = ""
        if "authorization" in self._configuration.api_key:
            # Asked for each time: it runs the hook that renews a token which is about to expire.
            token = f"Authorization: {self._configuration.get_api_key_with_prefix('authorization')}\r\n"
        return f"{method} {self._prefix}{path}{self._fixed}{token}Content-Length: {length}\r\n\r\n".encode("latin-1")

    def _answer(self, reader: BinaryIO) -> Answer:
        status = 100
        while status < 200:  # what comes before the answer itself, such as 100 Continue
            version, code, *_ = _line(reader).split(None, 2)
            status = int(code)
            headers = _headers(reader)
        if status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(_chunks(reader))
        elif "content-length" in headers:
            body = _exactly(reader, int(headers["content-length"]))
        else:
            body = reader.read()
            self.close()
        if headers.get("connection", "").lower() == "close" or version == b"HTTP/1.0":
            self.close()
        return Answer(status, _Named(headers), body)


class _Named(dict[str, str]):
    """Headers by their names in lower case, found under any spelling."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _line(reader: BinaryIO) -> bytes:
    line = reader.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionError("the connection ended before the answer did" if line else "the connection was closed")
    return line


def _headers(reader: BinaryIO) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        line = _line(reader)
        if line in (b"\r\n", b"\n"):
            return found
        name, _, value = line.decode("latin-1").partition(":")
        found[name.lower()] = value.strip()
    raise ValueError("the answer has too many headers")


def _exactly(reader: BinaryIO, size: int) -> bytes:
    body = reader.read(size)
    if len(body) < size:
        raise ConnectionError("the connection ended before the answer did")
    return body


def _chunks(reader: BinaryIO) -> list[bytes]:
    found: list[bytes] = []
    while size := int(_line(reader).partition(b";")[0], 16):
        found.append(_exactly(reader, size))
        _line(reader)
    _headers(reader)
    return found
