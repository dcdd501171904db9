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
    """The account, with live looked at before every call that the code makes."""

    def __init__(self, inner: aws.Aws, world: World) -> None:
        self._inner, self._world = inner, world
        self.shortages: list[str] = []

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        self._look(f"before {operation}")
        return self._inner.call(service, operation, target=target, **request)

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any):
        self._look(f"before {operation}")
        return self._inner.each(service, operation, items, target=target, **request)

    def _look(self, when: str) -> None:
        if len(live := self._world.live()) < self._world.minimum:
            self.shortages.append(f"{when}: {sorted(live)}")


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
