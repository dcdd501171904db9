"""The way to moto: one kept-alive connection a thread, answers passed on as they are."""

from __future__ import annotations

import http.client
import threading
from urllib.parse import urlsplit

from lab.standins.httpd import Request, Response

# Hop by hop (RFC 9110, 7.6.1), or written anew by this side.
NOT_PASSED_ON = {
    "connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip


class Upstream:
    """Sends requests to moto's server.

    Args:
        url: `http://127.0.0.1:PORT` of moto's server.
        timeout: Seconds that moto may take for one answer.
    """

    def __init__(self, url: str, *, timeout: float = 900.0) -> None:
        self.url = url
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._timeout = timeout
        self._local = threading.local()

    def send(self, request: Request) -> Response:
        """Pass a request on and return moto's answer; a connection that moto closed meanwhile is opened anew.

        Raises:
            OSError: Moto does not answer.
        """
        for fresh in (False, True):
            connection = self._connection(fresh=fresh)
            try:
                return self._exchange(connection, request)
            except (ConnectionError, http.client.BadStatusLine):
                if fresh:
                    raise
        raise AssertionError("unreachable")

    def _connection(self, *, fresh: bool) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None or fresh:
            if connection is not None:
                connection.close()
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            self._local.connection = connection
        return connection

    def _exchange(self, connection: http.client.HTTPConnection, request: Request) -> Response:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.raw_headers:
            if name.lower() not in NOT_PASSED_ON:
                connection.putheader(name, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        body = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in NOT_PASSED_ON}
        if request.method == "HEAD" and (length := answer.getheader("Content-Length")):
            headers["Content-Length"] = length
        return Response(answer.status, body, headers)
