"""Two clusters whose servers are real HTTP servers, behind the lab's AWS, and a client that never stops asking."""

from __future__ import annotations

import http.client
import http.server
import threading
import time
from typing import Any

import lab.aws
from lab.aws.environments import Builder, live_servers
from paas import aws, traffic
from paas.references import References
from paas.settings import AwsSettings, EnvironmentSettings
from paas.settings.reading import read

QUICK = {"poll_seconds": 0.2, "lease_seconds": 2, "health_timeout": 20, "drain_timeout": 20}


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        ready = self.server.ready  # type: ignore[attr-defined]
        body = self.server.who.encode() if ready else b"not yet"  # type: ignore[attr-defined]
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Backend:
    """One server: it says its instance id once it is ready."""

    def __init__(self, who: str, *, ready: bool) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
        self.server.who, self.server.ready = who, ready  # type: ignore[attr-defined]
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Client:
    """Reads who is live from AWS and asks each of them, over and over; whatever is not a 200 of a live pool is kept."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self.answers: dict[str, int] = {}
        self.errors: list[str] = []

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
        if self._thread.is_alive():
            self.errors.append("the client hangs")

    def _ask_on(self) -> None:
        builder = Builder(self._world.endpoint)  # clients of boto3 are not shared between threads
        while not self._stop.is_set():
            try:
                live = live_servers(builder, self._world.built)
            except Exception as error:  # noqa: BLE001 - kept for the test to show
                self.errors.append(f"AWS: {error}")
                continue
            if not live:
                self.errors.append("nobody is live")
            for server in sorted(live):
                self._ask(server)
            self._stop.wait(0.05)

    def _ask(self, server: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._world.backends[server].port, timeout=5)
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


class Watched:
    """The account, with live looked at before and after every call that the code makes."""

    def __init__(self, inner: aws.Aws, world: World) -> None:
        self._inner, self._world = inner, world
        self.calls = 0
        self.shortages: list[str] = []

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        self._look(f"before {operation}")
        answer = self._inner.call(service, operation, target=target, **request)
        self.calls += 1
        self._look(f"after {operation}")
        return answer

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any):
        self._look(f"before {operation}")
        yield from self._inner.each(service, operation, items, target=target, **request)
        self._look(f"after {operation}")

    def _look(self, when: str) -> None:
        if len(self._world.live()) < self._world.minimum:
            self.shortages.append(f"{when}: {sorted(self._world.live())}")


class World:
    """One environment."""

    def __init__(self, endpoint: Any, name: str, **how: Any) -> None:
        self.endpoint = endpoint
        self.builder = Builder(endpoint)
        self.built = self.builder.environment(name, settings={**QUICK, **how.pop("settings", {})}, **how)
        self.name = name
        self.minimum = 1
        self.backends: dict[str, Backend] = {}
        for cluster, servers in self.built.servers.items():
            for server in servers:
                self.backends[server] = Backend(server, ready=cluster == "paasA")
        urls = {server: f"http://127.0.0.1:{backend.port}/" for server, backend in self.backends.items()}
        self.control("PUT", "backends", urls)
        self.aws_settings = AwsSettings(
            region=endpoint.region,
            endpoint_url=endpoint.url,
            access_key_id="datastore:key",
            secret_access_key="datastore:key",
        )
        self.watched = Watched(aws.connect(self.aws_settings, References({"key": "lab"}.get)), self)
        self.said: list[str] = []

    @property
    def settings(self) -> EnvironmentSettings:
        return read(EnvironmentSettings, {**self.built.settings, "name": self.name}, f"traffic.{self.name}")

    @property
    def a(self) -> set[str]:
        return set(self.built.servers["paasA"])

    @property
    def b(self) -> set[str]:
        return set(self.built.servers["paasB"])

    @property
    def live_is_newer(self) -> bool:
        """Whether live is a target group, not a classic load balancer."""
        return bool(self.built.listeners) or self.built.names["live"].startswith("arn:")

    def control(self, method: str, what: str, body: Any = None) -> Any:
        return lab.aws.control(self.endpoint, method, what, body)

    def ready(self, cluster: str = "paasB", *, after: float = 0.0) -> None:
        """The cluster's servers begin to answer, some seconds from now."""

        def begin() -> None:
            time.sleep(after)
            for server in self.built.servers[cluster]:
                self.backends[server].server.ready = True

        threading.Thread(target=begin, daemon=True).start()

    def live(self, side: str = "live") -> set[str]:
        return live_servers(self.builder, self.built, side)

    def traffic(self) -> traffic.Traffic:
        return traffic.connect(self.watched, self.settings, say=self.said.append)

    def adding(self) -> bool:
        """Whether every autoscaling group adds its instances."""
        found = self.builder.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=list(self.built.groups.values())
        )
        return all(not each["SuspendedProcesses"] for each in found["AutoScalingGroups"])

    def close(self) -> None:
        self.control("PUT", "backends", dict.fromkeys(self.backends, ""))
        for backend in self.backends.values():
            backend.stop()
