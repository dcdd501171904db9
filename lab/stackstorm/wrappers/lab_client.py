"""A small HTTP client of the lab's API, for the processes of actions and sensors: the standard library alone."""

import http.client
import json
import urllib.parse

TIMEOUT = 30
#: A connection that the other side has closed meanwhile is opened anew, once.
STALE = (http.client.RemoteDisconnected, http.client.CannotSendRequest, BrokenPipeError, ConnectionResetError)


class ApiError(Exception):
    """The lab's API refused; `status` is HTTP's."""

    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status


class Client:
    """Sends JSON and reads JSON; connections are kept, and no two callers (threads or green ones) share one."""

    def __init__(self, url, token):
        self._address = urllib.parse.urlsplit(url)
        self._headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        self._idle = []

    def request(self, method, path, body=None, *, timeout=TIMEOUT):
        """Send one request and return its answer's JSON (None where it is empty).

        Raises:
            ApiError: The API refused.
            OSError: The API cannot be reached.
        """
        payload = None if body is None else json.dumps(body)
        fresh = not self._idle
        connection = self._connection(timeout) if fresh else self._idle.pop()
        try:
            status, data = self._exchange(connection, method, path, payload, timeout)
        except STALE:
            connection.close()
            if fresh:
                raise
            connection = self._connection(timeout)
            status, data = self._exchange(connection, method, path, payload, timeout)
        self._idle.append(connection)
        answer = json.loads(data) if data else None
        if status >= 400:
            raise ApiError(status, (answer or {}).get("faultstring", ""))
        return answer

    def _connection(self, timeout):
        return http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=timeout)

    def _exchange(self, connection, method, path, payload, timeout):
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request(method, f"{self._address.path}{path}", payload, self._headers)
            response = connection.getresponse()
            return response.status, response.read()
        except BaseException:
            connection.close()
            raise
