"""HTTP to one API server, lean: bytes in, status and bytes out.

Authentication, TLS and proxies are those of `kubernetes.config` and its `ApiClient`. The requests themselves go
straight to the client's urllib3 pool: `ApiClient.call_api` copies every body and header first (0.5 ms of CPU a create
against 0.3 ms), and its retries, which it inherits from urllib3, would hide 429 and 503.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from paas.kube.lane import Lane

#: Enough for sixteen workers and as many watches; a connection above it is closed after its use.
POOL_SIZE = 48
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
_MOST_OF_AN_ERROR = 65536
_CHUNK = 65536


class Answer(NamedTuple):
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """The request was not answered, or the answer broke off; `__cause__` says why."""


class Chunks(Protocol):
    """An answer that is read as it comes."""

    status: int
    headers: Mapping[str, str]

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of the body as they arrive.

        Raises:
            NoAnswer: It broke off, or nothing came within the read timeout.
        """

    def rest(self) -> bytes:
        """The beginning of the body of an error."""

    def interrupt(self) -> None:
        """Break it off, from any thread; a reader that waits for bytes wakes up. Does not close."""

    def close(self) -> None:
        """Give the connection up; for the reader alone."""


class Transport:
    """Requests to one API server over a pool of kept connections; usable from many threads.

    Args:
        api_client: A `kubernetes.client.ApiClient`; its configuration says how to sign in.
        user_agent: What the server's audit log shows.
    """

    def __init__(self, api_client: Any, *, user_agent: str) -> None:
        self._configuration = api_client.configuration
        host = self._configuration.host
        self._prefix = urlsplit(host).path.rstrip("/")
        manager = api_client.rest_client.pool_manager
        manager.connection_pool_kw["socket_options"] = _socket_options()
        self._pool = manager.connection_from_url(host)
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = READ_TIMEOUT,
    ) -> Answer:
        """Send one request and read its answer.

        Args:
            method: `GET`, `POST`, ...
            path: Path on the API server, percent-encoded.
            params: Query parameters; None values are left out.
            body: JSON, encoded.
            headers: Beside the client's own.
            timeout: Seconds that the server may be silent.

        Raises:
            NoAnswer: No answer came.
        """
        response = self._send(method, path, params, body, headers, timeout, preload=True)
        return Answer(response.status, response.headers, response.data)

    def open(self, path: str, *, params: Mapping[str, Any], timeout: float) -> Chunks:
        """Begin a GET whose answer is read as it comes.

        Args:
            path: Path on the API server, percent-encoded.
            params: Query parameters.
            timeout: Seconds that the server may be silent.

        Raises:
            NoAnswer: No answer began.
        """
        return _OpenAnswer(self._send("GET", path, params, None, None, timeout, preload=False))

    def lane(self) -> Lane | None:
        """A connection of its own for one thread; None where only the pool knows the way, through a proxy."""
        from paas.kube.lane import Lane

        if self._pool.proxy is not None:
            return None
        agent = self._headers["User-Agent"]
        return Lane(self._pool, self._configuration, prefix=self._prefix, user_agent=agent)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.close()

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        timeout: float,
        *,
        preload: bool,
    ) -> Any:
        import urllib3

        url = self._prefix + path
        if params:
            query = urlencode({name: _text(value) for name, value in params.items() if value is not None})
            url = f"{url}?{query}" if query else url
        sent = {**self._headers, **(headers or {})}
        if "authorization" in self._configuration.api_key:
            # Asked for each time: it runs the hook that renews a token which is about to expire.
            sent["Authorization"] = self._configuration.get_api_key_with_prefix("authorization")
        try:
            return self._pool.urlopen(
                method,
                url,
                body=body,
                headers=sent,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=timeout),
                preload_content=preload,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NoAnswer(_words(error)) from error


class _OpenAnswer:
    def __init__(self, response: Any) -> None:
        self._response = response
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers
        # A second handle on the connection, so that interrupt() can break it off while another thread waits in a
        # read: urllib3's own `shutdown` came with 2.3, and sensors run with 2.2. Closing the response there
        # instead would meet the reader's lock, which green threads cannot even wait for.
        self._handle: socket.socket | None = None
        try:
            self._handle = socket.socket(fileno=os.dup(response.fileno()))
        except (OSError, ValueError):  # answered and closed already
            self._handle = None

    def __iter__(self) -> Iterator[bytes]:
        import urllib3

        try:
            # Each chunk as it comes: `stream` would wait for a full buffer where the answer is not chunked.
            while chunk := self._response.read1(_CHUNK):
                yield chunk
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            # The latter two are what http.client makes of a connection that was interrupted.
            raise NoAnswer(_words(error)) from error

    def rest(self) -> bytes:
        import urllib3

        try:
            data: bytes = self._response.read(_MOST_OF_AN_ERROR)
        except (urllib3.exceptions.HTTPError, OSError):
            return b""
        return data

    def interrupt(self) -> None:
        handle = self._handle
        if handle is not None:
            with contextlib.suppress(OSError):  # the other side was first, or close() was
                handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()
        self._response.close()


def _socket_options() -> list[tuple[int, int, int]]:
    """No delay, and keepalive: a peer that vanished without a word is noticed after about a minute."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(error: Exception) -> str:
    """A library's error without the object addresses that it prints."""
    text = str(getattr(error, "reason", None) or error)
    return text.partition("object at 0x")[2].partition(": ")[2] or text if "object at 0x" in text else text
