"""A watch in this process, a cluster, and a proxy between them that fails on order."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lab.endpoints import KubeEndpoint
from lab.faults import FaultProxy, HttpFaultProxy
from paas import kube
from paas.kube.watching import Event, Position, Source, Watch
from paas.references import References
from paas.settings import ClusterSettings
from tests.integration.watch.running import Group, client_of, eventually
from tests.unit.kube.scripted import Memory


class Workshop:
    """One cluster of its own, which can forget its history.

    Args:
        kind: `stand-in` or `real`.
        directory: For files.
        endpoint: The cluster.
        servers: Its processes.
    """

    def __init__(self, kind: str, directory: Path, endpoint: KubeEndpoint, servers: list[Any]) -> None:
        self.kind = kind
        self.directory = directory
        self.endpoint = endpoint
        self.servers = servers
        self.client = client_of(endpoint)
        host, port = endpoint.url.removeprefix("https://").split(":")
        self.proxy = FaultProxy(host, int(port)).start()
        self.token = directory / "token"
        self.token.write_text(endpoint.token)

    def by(self, url: str, ca_file: str, token: Path | None = None) -> kube.Client:
        """A client through a proxy."""
        settings = ClusterSettings(name="paasA", server=url, ca_file=ca_file, token=f"file:{token or self.token}")
        return kube.connect(settings, References())

    def through_tcp(self) -> kube.Client:
        return self.by(f"https://127.0.0.1:{self.proxy.port}", self.endpoint.ca_file)

    def through_http(self) -> tuple[kube.Client, HttpFaultProxy]:
        proxy = HttpFaultProxy(
            self.endpoint.url, directory=self.directory / "proxy", ca_file=self.endpoint.ca_file
        ).start()
        return self.by(proxy.url, proxy.ca_file), proxy

    def forget(self) -> None:
        """Forget every version but the current one."""
        if self.kind == "stand-in":
            self.client.call("POST", "/__lab__/compact")
            return
        from lab.servers import compact

        compact(self.directory)
        self.restart()  # its cache would still know them

    def restart(self) -> None:
        """Kill the API server and start it again."""
        (server,) = [each for each in self.servers if each.name.endswith("apiserver")]
        server.kill()
        server.up()

    def stop(self) -> None:
        self.proxy.stop()
        for server in reversed(self.servers):
            server.stop()


class Watching:
    """A watch of one group's widgets in a thread, what it told, and its position."""

    def __init__(self, client: kube.Client, group: Group, *, datastore: Memory | None = None, **source: Any) -> None:
        self.events: list[Event] = []
        self.datastore = datastore or Memory()
        path = f"/apis/{group.name}/{group.version}/widgets"
        position = Position(self.datastore, "position")
        self.watch = Watch(
            client,
            Source("paasA", path, "Widget", f"{group.name}/{group.version}", **source),
            self.events.append,
            position,
        )

    def __enter__(self) -> Watching:
        self.watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.stop()
        self.watch.position.save()

    @property
    def short(self) -> list[str]:
        return [f"{event.type} {event.key[1]}" for event in self.events]

    def tells(self, *expected: str, timeout: float = 60.0, in_order: bool = True) -> None:
        """Exactly these, and a moment later no more."""
        eventually(lambda: len(self.events) >= len(expected), timeout=timeout, what=f"{expected}, but {self.short}")
        time.sleep(0.3)
        assert (self.short if in_order else sorted(self.short)) == (list(expected) if in_order else sorted(expected))

    def watches(self) -> None:
        """Wait until the stream runs."""
        eventually(lambda: self.watch.status.state == "watching", what="watching")
