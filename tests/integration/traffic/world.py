"""Two clusters whose servers are real HTTP servers, behind the lab's AWS, with live watched at every call."""

from __future__ import annotations

import threading
from typing import Any

import lab.aws
from lab.aws.environments import Builder, live_servers
from lab.aws.serving import Backends, Client
from paas import aws, traffic
from paas.references import References
from paas.settings import AwsSettings, EnvironmentSettings
from paas.settings.reading import read

QUICK = {"poll_seconds": 0.2, "lease_seconds": 2, "health_timeout": 20, "drain_timeout": 20}


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
        self.backends = Backends(endpoint, self.built)
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

        threading.Timer(after, self.backends.ready, (cluster,)).start()

    def client(self) -> Client:
        """A client of live that never stops asking."""
        return Client(self.endpoint, self.built, self.backends)

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
        self.backends.stop()
