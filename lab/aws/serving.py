"""Real HTTP servers behind the lab's load balancers, and a client of live that never stops asking."""

from __future__ import annotations

import http.client
import http.server
import threading
from types import TracebackType
from typing import Any

import lab.aws
from lab.aws.environments import Builder, Built, live_servers
from lab.endpoints import AwsEndpoint

_ASK_SECONDS = 5.0
_PAUSE = 0.05


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """200 and the server's id once it is ready, 503 before."""
        backend: Backend = self.server.backend  # type: ignore[attr-defined]
        body = backend.who.encode() if backend.ready else b"not yet"
        self.send_response(200 if backend.ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Nothing; there are many requests."""


class Backend:
    """One server: it says its instance id once it is ready."""

    def __init__(self, who: str, *, ready: bool) -> None:
        self.who, self.ready = who, ready
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
        self._server.daemon_threads = True
        self._server.backend = self  # type: ignore[attr-defined]
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


class Backends:
    """A server for every instance of an environment; AWS takes their word for the instances' health."""

    def __init__(self, endpoint: AwsEndpoint, built: Built) -> None:
        self._endpoint, self._built = endpoint, built
        self.of = {
            server: Backend(server, ready=cluster == "paasA")
            for cluster, servers in built.servers.items()
            for server in servers
        }
        self._tell({server: f"http://127.0.0.1:{backend.port}/" for server, backend in self.of.items()})

    def ready(self, cluster: str, *, ready: bool = True) -> None:
        """A cluster's servers begin to answer, or stop."""
        for server in self._built.servers[cluster]:
            self.of[server].ready = ready

    def stop(self) -> None:
        """End all."""
        self._tell(dict.fromkeys(self.of, ""))
        for backend in self.of.values():
            backend.stop()

    def _tell(self, urls: dict[str, str]) -> None:
        lab.aws.control(self._endpoint, "PUT", "backends", urls)


class Client:
    """Reads who is live from AWS and asks each of them, over and over; what is not a 200 of a live server is kept.

    Attributes:
        answers: Answers by server.
        errors: Everything that went wrong.
    """

    def __init__(self, endpoint: AwsEndpoint, built: Built, backends: Backends) -> None:
        self._endpoint, self._built, self._backends = endpoint, built, backends
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self.answers: dict[str, int] = {}
        self.errors: list[str] = []

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(20)
        if self._thread.is_alive():
            self.errors.append("the client hangs")

    def _ask_on(self) -> None:
        builder = Builder(self._endpoint)  # boto3's clients are made in the thread that uses them
        while not self._ended.is_set():
            try:
                live = live_servers(builder, self._built)
            except Exception as error:  # noqa: BLE001 - kept, for whoever looks at the errors
                self.errors.append(f"AWS: {error}")
                continue
            if not live:
                self.errors.append("nobody is live")
            for server in sorted(live):
                self._ask(server)
            self._ended.wait(_PAUSE)

    def _ask(self, server: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._backends.of[server].port, timeout=_ASK_SECONDS)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            if answer.status != 200 or answer.read().decode() != server:
                self.errors.append(f"{server} answered {answer.status}")
            self.answers[server] = self.answers.get(server, 0) + 1
        except OSError as error:
            self.errors.append(f"{server}: {error}")
        finally:
            connection.close()
