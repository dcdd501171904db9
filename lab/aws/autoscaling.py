"""Autoscaling groups and load balancers as AWS has them, where moto differs.

In moto attaching a group to a classic load balancer throws out every other group's instances, and detaching it from one
load balancer takes its instances out of all of them, while those that were also registered by hand stay. In AWS both
concern the group's own instances and the named load balancers alone. The other way round, in AWS nothing but a
controller puts back what was deregistered; a test can ask for one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from lab.aws.calls import Call
from lab.aws.health import Health, short_name

CLASSIC = {"AttachLoadBalancers": True, "DetachLoadBalancers": False}
NEWER = {"AttachLoadBalancerTargetGroups": True, "DetachLoadBalancerTargetGroups": False}


@dataclass
class Returner:
    """Whatever puts servers back: who deregisters a fitting target finds it registered again after `seconds`."""

    group: str
    target: str
    seconds: float
    times: int | None = None


@dataclass
class Autoscaling:
    """Puts right after a call what moto did otherwise; `url` is moto's own."""

    url: str
    health: Health
    now: Callable[[], float]
    returners: list[Returner] = field(default_factory=list)
    due: list[tuple[float, Call, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def before(self, call: Call) -> dict[str, set[str]]:
        """Who is behind the classic load balancers that moto may touch, before it does."""
        if call.service != "autoscaling" or call.action not in CLASSIC:
            return {}
        names = set(call.members("LoadBalancerNames"))
        group = self._group(call)
        return {name: self._classic_members(call, name) for name in names | set(group.get("LoadBalancerNames", []))}

    def after(self, call: Call, before: Mapping[str, set[str]]) -> None:
        """Put right what moto did otherwise, and let health know who came and went."""
        if call.service == "autoscaling" and call.action in CLASSIC:
            self._put_right(call, before)
        elif call.service == "autoscaling" and call.action in NEWER:
            moved = self.health.joined if NEWER[call.action] else self.health.left
            for arn in call.members("TargetGroupARNs"):
                moved(arn, sorted(self._instances(call)))
        elif call.action in ("DeregisterInstancesFromLoadBalancer", "DeregisterTargets"):
            self._schedule(call)

    def _put_right(self, call: Call, before: Mapping[str, set[str]]) -> None:
        named, own = call.members("LoadBalancerNames"), self._instances(call)
        attach = CLASSIC[call.action]
        elb = self._client(call, "elb")
        for name, members in before.items():
            wanted = members if name not in named else members | own if attach else members - own
            there = self._classic_members(call, name)
            for operation, ids in (
                ("register_instances_with_load_balancer", wanted - there),
                ("deregister_instances_from_load_balancer", there - wanted),
            ):
                if ids:
                    instances = [{"InstanceId": each} for each in sorted(ids)]
                    getattr(elb, operation)(LoadBalancerName=name, Instances=instances)
            if attach:
                self.health.joined(name, sorted(wanted - members))
            else:
                self.health.left(name, sorted(members - wanted))

    def _schedule(self, call: Call) -> None:
        group = call.params.get("LoadBalancerName") or call.params.get("TargetGroupArn", "")
        targets = call.members("Instances", "InstanceId") + call.members("Targets", "Id")
        with self.lock:
            for target in targets:
                for each in self.returners:
                    fits = fnmatchcase(short_name(group), each.group) and fnmatchcase(target, each.target)
                    if fits and each.times != 0:
                        each.times = None if each.times is None else each.times - 1
                        self.due.append((self.now() + each.seconds, call, target))
                        break

    def put_back(self) -> None:
        """Register again whatever is due."""
        with self.lock:
            due = [entry for entry in self.due if entry[0] <= self.now()]
            self.due = [entry for entry in self.due if entry not in due]
        for _, call, target in due:
            if name := call.params.get("LoadBalancerName"):
                self._client(call, "elb").register_instances_with_load_balancer(
                    LoadBalancerName=name, Instances=[{"InstanceId": target}]
                )
                self.health.joined(name, [target])
            else:
                arn = call.params["TargetGroupArn"]
                self._client(call, "elbv2").register_targets(TargetGroupArn=arn, Targets=[{"Id": target}])
                self.health.joined(arn, [target])

    def clear(self) -> None:
        """Forget who puts back what."""
        with self.lock:
            self.returners.clear()
            self.due.clear()

    def _group(self, call: Call) -> dict[str, Any]:
        name = call.params.get("AutoScalingGroupName", "")
        found = self._client(call, "autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return dict(found["AutoScalingGroups"][0]) if found["AutoScalingGroups"] else {}

    def _instances(self, call: Call) -> set[str]:
        return {each["InstanceId"] for each in self._group(call).get("Instances", [])}

    def _classic_members(self, call: Call, name: str) -> set[str]:
        found = self._client(call, "elb").describe_load_balancers(LoadBalancerNames=[name])
        return {each["InstanceId"] for each in found["LoadBalancerDescriptions"][0]["Instances"]}

    def _client(self, call: Call, service: str) -> Any:
        """A client of moto's own, past the proxy: what it does is nobody's call."""
        import boto3

        key = (service, call.region)
        with self.lock:
            if key not in self.clients:
                self.clients[key] = boto3.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.url,
                    region_name=call.region,
                    aws_access_key_id="lab",
                    aws_secret_access_key="lab",  # noqa: S106 - moto takes any value
                )
            return self.clients[key]
