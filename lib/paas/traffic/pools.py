"""Two kinds of load balancer behind one small interface: classic ones, and the target groups of newer ones."""

from __future__ import annotations

from typing import Any, Protocol

from paas.errors import ConfigError, NotFound
from paas.traffic.calls import Aws, Call, portions
from paas.traffic.views import Health, Member, PoolView

# A draining instance still shows as InService; only the description tells (services of AWS say so nowhere else).
_CLASSIC_DRAINS = "deregistration currently in progress"
_HEALTH: dict[str, Health] = {
    "healthy": "healthy",
    "initial": "starting",
    "unhealthy": "unhealthy",
    "unused": "unused",
    "draining": "draining",
}


class Pool(Protocol):
    """Where servers are registered. Reading calls AWS; the rest only says which calls would change it."""

    key: str
    name: str

    def read(self) -> PoolView:
        """Who is behind it now, in one call."""

    def register(self, servers: frozenset[str]) -> list[Call]:
        """The calls that put servers behind it."""

    def deregister(self, servers: frozenset[str]) -> list[Call]:
        """The calls that take servers away from it."""

    def attach(self, group: str) -> Call:
        """The call after which an autoscaling group adds its instances to it."""

    def detach(self, group: str) -> Call:
        """The call that takes a group and all its instances away from it."""


class ClassicPool:
    """A classic load balancer."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.key = self.name = name
        self._aws = aws

    def read(self) -> PoolView:
        """Who is behind it now; AWS has no pages here."""
        answer = self._aws.call("elb", "describe_instance_health", target=self.name, LoadBalancerName=self.name)
        members = {each["InstanceId"]: _classic_member(each) for each in answer["InstanceStates"]}
        return PoolView(self.key, self.name, members)

    def register(self, servers: frozenset[str]) -> list[Call]:
        """The calls that put servers behind it."""
        return self._calls("register_instances_with_load_balancer", servers)

    def deregister(self, servers: frozenset[str]) -> list[Call]:
        """The calls that take servers away from it."""
        return self._calls("deregister_instances_from_load_balancer", servers)

    def _calls(self, operation: str, servers: frozenset[str]) -> list[Call]:
        return [
            Call(
                "elb",
                operation,
                self.name,
                {"LoadBalancerName": self.name, "Instances": [{"InstanceId": each} for each in portion]},
            )
            for portion in portions(servers)
        ]

    def attach(self, group: str) -> Call:
        """The call after which an autoscaling group adds its instances to it."""
        return self._of_group("attach_load_balancers", group)

    def detach(self, group: str) -> Call:
        """The call that takes a group and all its instances away from it."""
        return self._of_group("detach_load_balancers", group)

    def _of_group(self, operation: str, group: str) -> Call:
        request = {"AutoScalingGroupName": group, "LoadBalancerNames": [self.name]}
        return Call("autoscaling", operation, f"{group} and {self.name}", request)


class TargetGroupPool:
    """A target group of an application or a network load balancer, with instances as its targets."""

    def __init__(self, aws: Aws, arn: str, name: str) -> None:
        self.key = arn
        self.name = name
        self._aws = aws

    def read(self) -> PoolView:
        """Who is behind it now; AWS has no pages here."""
        answer = self._aws.call("elbv2", "describe_target_health", target=self.name, TargetGroupArn=self.key)
        members = (_newer_member(each) for each in answer["TargetHealthDescriptions"])
        return PoolView(self.key, self.name, {each.id: each for each in members if each})

    def register(self, servers: frozenset[str]) -> list[Call]:
        """The calls that put servers behind it."""
        return self._calls("register_targets", servers)

    def deregister(self, servers: frozenset[str]) -> list[Call]:
        """The calls that take servers away from it."""
        return self._calls("deregister_targets", servers)

    def _calls(self, operation: str, servers: frozenset[str]) -> list[Call]:
        return [
            Call(
                "elbv2",
                operation,
                self.name,
                {"TargetGroupArn": self.key, "Targets": [{"Id": each} for each in portion]},
            )
            for portion in portions(servers)
        ]

    def attach(self, group: str) -> Call:
        """The call after which an autoscaling group adds its instances to it."""
        return self._of_group("attach_load_balancer_target_groups", group)

    def detach(self, group: str) -> Call:
        """The call that takes a group and all its instances away from it."""
        return self._of_group("detach_load_balancer_target_groups", group)

    def _of_group(self, operation: str, group: str) -> Call:
        request = {"AutoScalingGroupName": group, "TargetGroupARNs": [self.key]}
        return Call("autoscaling", operation, f"{group} and {self.name}", request)


def target_group(aws: Aws, name: str, setting: str) -> TargetGroupPool:
    """The target group of a name or an ARN.

    Args:
        aws: The account.
        name: Name or ARN.
        setting: The setting that names it, for errors.

    Raises:
        ConfigError: There is none, or its targets are no instances.
    """
    by = {"TargetGroupArns": [name]} if name.startswith("arn:") else {"Names": [name]}
    try:
        found = aws.call("elbv2", "describe_target_groups", target=name, **by)["TargetGroups"]
    except NotFound:
        found = []
    if not found:
        raise ConfigError(setting, f"there is no target group {name!r}; name one that exists")
    if found[0].get("TargetType", "instance") != "instance":
        raise ConfigError(
            setting, f"{name!r} has targets of type {found[0]['TargetType']}; expected one with instances as targets"
        )
    return TargetGroupPool(aws, found[0]["TargetGroupArn"], found[0]["TargetGroupName"])


def _classic_member(state: dict[str, Any]) -> Member:
    words = str(state.get("Description") or "")
    health: Health = "unhealthy"
    if state["State"] == "InService":
        health = "draining" if _CLASSIC_DRAINS in words.lower() else "healthy"
    elif state.get("ReasonCode") == "ELB":
        health = "starting"
    return Member(state["InstanceId"], health, "" if words == "N/A" else words)


def _newer_member(described: dict[str, Any]) -> Member | None:
    health = described["TargetHealth"]
    reason = str(health.get("Reason", ""))
    if reason == "Target.NotRegistered":
        return None
    words = str(health.get("Description") or reason)
    shown = _HEALTH.get(health["State"], "unhealthy")
    if shown == "unused" and reason == "Target.InvalidState":
        shown = "unhealthy"  # stopped or terminated
    return Member(described["Target"]["Id"], shown, words)
