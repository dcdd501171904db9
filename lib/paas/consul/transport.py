"""Requests over connections that stay open, with the profile's authority, token and timeout.

They go straight to Python's own HTTP connections: what `requests` and urllib3 do around them costs more CPU than a
transaction of 128 keys does. A request and its answer are two steps, so that one thread can have several under way.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections import deque
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import unquote, urlsplit

from paas.errors import ConfigError, root_words
from paas.settings import ConsulSettings

# Consul answers a blocking query late by up to this part of its wait.
_JITTER = 1 / 16
# Connections that are kept while nothing uses them: as many as one sync may use.
_IDLE_AT_MOST = 64


class Transport:
    """One Consul's connections; no variable of the environment changes where they lead or whom they trust.

    Args:
        settings: The profile.
        token: Its ACL token, None where there is none.

    Raises:
        ConfigError: The token cannot be sent in a header, or the authority's file cannot be read.
    """

    def __init__(self, settings: ConsulSettings, token: str | None) -> None:
        if token is not None and not (token.isascii() and token.isprintable()):
            # What refuses such a header quotes it.
            problem = "refers to something with line breaks or letters beyond ASCII in it; a token has none"
            raise ConfigError(f"consul.{settings.name}.token", problem)
        address = urlsplit(settings.address.rstrip("/"))
        self._timeout = settings.timeout
        self._path = address.path
        # Packing a large list costs Consul more than sending it within a network does.
        self._headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if token:
            self._headers["X-Consul-Token"] = token
        if address.username is not None:
            person = f"{unquote(address.username)}:{unquote(address.password or '')}"
            self._headers["Authorization"] = f"Basic {b64encode(person.encode()).decode('ascii')}"
        self._host, self._port = str(address.hostname), address.port
        self._trust = _trust(settings) if address.scheme == "https" else None
        self._idle: deque[HTTPConnection] = deque(maxlen=_IDLE_AT_MOST)

    def begin(self, method: str, path: str, *, body: bytes | None, wait: float) -> Exchange:
        """Send one request; it may have arrived although this fails, and none is sent twice.

        Args:
            method: HTTP method.
            path: Path and query, percent-encoded.
            body: What is sent.
            wait: Seconds that Consul may take on purpose before it answers.

        Returns:
            The request; it holds a connection until its answer is taken, or it is abandoned.

        Raises:
            OSError: The request could not be sent.
        """
        connection = self._take(self._timeout + wait * (1 + _JITTER))
        exchange = Exchange(connection, self._idle)
        try:
            connection.request(method, f"{self._path}{path}", body=body, headers=self._headers)
        except BaseException:
            exchange.abandon()
            raise
        return exchange

    def _take(self, timeout: float) -> HTTPConnection:
        """A connection that is still open, or a new one that opens with the first request."""
        from urllib3.util import wait_for_read

        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                if self._trust is not None:
                    return HTTPSConnection(self._host, self._port, timeout=timeout, context=self._trust)
                return HTTPConnection(self._host, self._port, timeout=timeout)
            # An idle connection has nothing to say but that it was closed.
            if connection.sock is not None and not wait_for_read(connection.sock, timeout=0.0):
                connection.sock.settimeout(timeout)
                return connection
            connection.close()


class Exchange:
    """A request that was sent, and whose answer is to be taken, once.

    Args:
        connection: Where it was sent.
        idle: Where the connection is left for the next request.
    """

    def __init__(self, connection: HTTPConnection, idle: deque[HTTPConnection]) -> None:
        self._connection = connection
        self._idle = idle

    def answer(self) -> tuple[int, Message, bytes]:
        """Wait for the answer.

        Returns:
            Status, headers, body. A redirect is an answer like any other.

        Raises:
            http.client.HTTPException, OSError: No answer arrived.
        """
        try:
            answer = self._connection.getresponse()
            body = answer.read()
        except BaseException:
            self.abandon()
            raise
        self._idle.append(self._connection)
        return answer.status, answer.headers, body

    def abandon(self) -> None:
        """Close the connection; what becomes of the request is not known."""
        self._connection.close()


def _trust(settings: ConsulSettings) -> ssl.SSLContext:
    if not settings.verify_tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    authority = settings.ca_file or DEFAULT_CA_BUNDLE_PATH
    try:
        if Path(authority).is_dir():
            return ssl.create_default_context(capath=authority)
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        problem = f"{authority} cannot be read ({root_words(error)}); a file of PEM certificates is needed"
        raise ConfigError(f"consul.{settings.name}.ca_file", problem) from None
