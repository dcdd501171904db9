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

QUICK = {"poll_seconds": 0.05, "lease_seconds": 2, "health_timeout": 20, "drain_timeout": 20}


class Watched:
    """The account, with live looked at before every call that the code makes.

    Where `at` is `writes` that is before and after every call that changes something, and reading is as fast as it is.
    """

    def __init__(self, inner: aws.Aws, world: World, at: str) -> None:
        self._inner, self._world, self._at = inner, world, at
        self.shortages: list[str] = []

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        writes = not operation.startswith(("describe", "get"))
        if writes or self._at == "calls":
            self._look(f"before {operation}")
        answer = self._inner.call(service, operation, target=target, **request)
        if writes and self._at == "writes":
            self._look(f"after {operation}")
        return answer

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any):
        if self._at == "calls":
            self._look(f"before {operation}")
        return self._inner.each(service, operation, items, target=target, **request)

    def _look(self, when: str) -> None:
        if len(live := self._world.live()) < self._world.minimum:
            self.shortages.append(f"{when}: {sorted(live)}")


class Region:
    """The lab's AWS, and what all worlds in it share: clients are costly to make."""

    def __init__(self, endpoint: Any) -> None:
        self.endpoint = endpoint
        self.builder = Builder(endpoint)
        self.account = self.connect()

    def connect(self, **settings: Any) -> aws.Aws:
        """The account as the code under test has it."""
        keys = {"access_key_id": "datastore:key", "secret_access_key": "datastore:key"}
        where = {"region": self.endpoint.region, "endpoint_url": self.endpoint.url}
        return aws.connect(AwsSettings(**where, **keys, **settings), References({"key": "lab"}.get))


class World:
    """One environment."""

    def __init__(self, region: Region, name: str, *, looked_at: str = "calls", **how: Any) -> None:
        self.endpoint = region.endpoint
        self.builder = region.builder
        self.built = self.builder.environment(name, settings={**QUICK, **how.pop("settings", {})}, **how)
        self.name = name
        self.minimum = 1
        self.backends = Backends(self.endpoint, self.built)
        self.watched = Watched(region.account, self, looked_at)
        self.said: list[str] = []

    @property
    def given(self) -> dict[str, Any]:
        """The environment as the pack's configuration has it, and its name."""
        return {**self.built.settings, "name": self.name}

    @property
    def settings(self) -> EnvironmentSettings:
        return read(EnvironmentSettings, self.given, f"traffic.{self.name}")

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

    def groups(self) -> dict[str, tuple[list[str], bool]]:
        """What each autoscaling group is attached to, and whether it adds its instances."""
        found = self.builder.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=list(self.built.groups.values())
        )
        return {
            each["AutoScalingGroupName"]: (
                each["LoadBalancerNames"] + each.get("TargetGroupARNs", []),
                not each["SuspendedProcesses"],
            )
            for each in (found["AutoScalingGroups"] if self.built.groups else ())
        }

    def adding(self) -> bool:
        """Whether every autoscaling group adds its instances."""
        return all(adds for _, adds in self.groups().values())

    def where_everything_is(self) -> tuple[set[str], set[str], dict[str, tuple[list[str], bool]]]:
        """Who is live, who is pre-live, and the autoscaling groups."""
        return self.live(), self.live("prelive"), self.groups()

    def turned(self, before: tuple[set[str], set[str], dict[str, tuple[list[str], bool]]]) -> tuple[Any, ...]:
        """Where everything is once live has moved, given where it was."""
        live, prelive, groups = before
        (*first, second) = groups.items() if groups else ((),)
        turned = {first[0][0]: second[1], second[0]: first[0][1]} if groups else {}
        return prelive, live, turned

    def staged_with_its_group(self) -> None:
        """paasB behind pre-live, its autoscaling group attached there, as after a first upgrade."""
        self.traffic().stage("paasB", traffic.Order())
        if self.built.groups:
            self.builder.attach(self.built.names["prelive"], self.built.groups["paasB"])

    def a_day_passes(self) -> None:
        """The journal's next reader finds it a day old, by S3's own clock."""
        match = {"Bucket": self.built.settings["bucket"]}
        age = {"service": "s3", "action": "GetObject", "match": match, "times": 1, "effect": {"age": 86_400}}
        self.control("POST", "rules", age)

    def close(self) -> None:
        self.backends.stop()
