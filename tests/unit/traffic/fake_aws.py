# ruff: noqa: N803 - boto3 names its parameters so
"""AWS as the traffic room sees it, in memory and on a clock of its own: health takes time, drains, lags and fails."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

from paas.errors import Conflict, NotFound, ServerError
from paas.traffic import Pace

EPOCH = 1_700_000_000.0


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = EPOCH
        self.passing: list[Callable[[], None]] = []

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for each in self.passing:
            each()

    def pace(self) -> Pace:
        return Pace(now=lambda: self.seconds, sleep=self.sleep, time_of_day=lambda: self.seconds)


class FakeAws:
    """One account.

    `before` and `after` are called with the service, the operation and the request of every call.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.instances: dict[str, dict[str, Any]] = {}
        self.pools: dict[str, dict[str, float]] = {}
        self.draining: dict[tuple[str, str], float] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.listeners: dict[str, list[dict[str, Any]]] = {}
        self.objects: dict[tuple[str, str], tuple[bytes, str, float]] = {}
        self.buckets = {"state"}
        self.sick: set[str] = set()
        self.seconds_to_health = 0.0
        self.seconds_to_drain = 0.0
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.before: list[Callable[..., None]] = []
        self.after: list[Callable[..., None]] = []
        self._etags = itertools.count(1)
        clock.passing.append(self.insist)

    # What a test sets up.

    def launch(self, *ids: str, group: str | None = None, **tags: str) -> None:
        for each in ids:
            found = dict(tags) | ({"aws:autoscaling:groupName": group} if group else {})
            self.instances[each] = {"tags": found, "state": "running"}
            if group:
                self.groups.setdefault(group, {"instances": [], "attached": set(), "suspended": set()})
                self.groups[group]["instances"].append(each)

    def terminate(self, server: str) -> None:
        self.instances.pop(server, None)
        for members in self.pools.values():
            members.pop(server, None)
        for group in self.groups.values():
            group["instances"] = [each for each in group["instances"] if each != server]

    def put_behind(self, pool: str, *ids: str) -> None:
        """Registered for so long that they are healthy."""
        for each in ids:
            self.pools[pool][each] = float("-inf")

    def healthy(self, pool: str) -> set[str]:
        return {each for each in self.pools[pool] if self._health(pool, each) == "healthy"}

    def insist(self) -> None:
        """Groups add their instances to what they are attached to, time and again."""
        for group in self.groups.values():
            if "AddToLoadBalancer" not in group["suspended"]:
                for pool in group["attached"]:
                    for each in group["instances"]:
                        self._register(pool, each)

    # What the code under test calls.

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        for each in self.before:
            each(service, operation, request)
        self.calls.append((service, operation, request))
        answer = getattr(self, f"_{operation}")(**request)
        for each in self.after:
            each(service, operation, request)
        return answer

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any):
        yield from self.call(service, operation, target=target, **request)[items]

    @property
    def writes(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [call for call in self.calls if not call[1].startswith(("describe", "get"))]

    def _register(self, pool: str, server: str) -> None:
        self.draining.pop((pool, server), None)
        self.pools[pool].setdefault(server, self.clock.seconds)

    def _deregister(self, pool: str, server: str) -> None:
        if self.pools[pool].pop(server, None) is not None and self.seconds_to_drain:
            self.draining[pool, server] = self.clock.seconds + self.seconds_to_drain

    def _health(self, pool: str, server: str) -> str:
        if server in self.sick or server not in self.instances:
            return "unhealthy"
        if self.clock.seconds - self.pools[pool][server] < self.seconds_to_health:
            return "starting"
        return "healthy"

    def _drains(self, pool: str) -> list[str]:
        return [server for (key, server), until in self.draining.items() if key == pool and until > self.clock.seconds]

    def _describe_instances(self, Filters, **_):
        found = []
        for each, instance in self.instances.items():
            values = {"instance-id": each, "instance-state-name": instance["state"]}
            values |= {f"tag:{tag}": value for tag, value in instance["tags"].items()}
            if all(values.get(one["Name"]) in one["Values"] for one in Filters):
                tags = [{"Key": tag, "Value": value} for tag, value in instance["tags"].items()]
                found.append({"InstanceId": each, "State": {"Name": instance["state"]}, "Tags": tags})
        return {"Reservations": [{"Instances": found}]}

    def _describe_instance_health(self, LoadBalancerName):
        if LoadBalancerName not in self.pools:
            raise refusal(NotFound, "elb", "LoadBalancerNotFound: There is no ACTIVE Load Balancer", 400)
        shown = {
            "healthy": {"State": "InService", "ReasonCode": "N/A", "Description": "N/A"},
            "starting": {"State": "OutOfService", "ReasonCode": "ELB", "Description": "Registration in progress."},
            "unhealthy": {"State": "OutOfService", "ReasonCode": "Instance", "Description": "Failed health checks."},
        }
        states = [
            {"InstanceId": each, **shown[self._health(LoadBalancerName, each)]} for each in self.pools[LoadBalancerName]
        ]
        words = "Instance deregistration currently in progress."
        states += [
            {"InstanceId": each, "State": "InService", "ReasonCode": "N/A", "Description": words}
            for each in self._drains(LoadBalancerName)
        ]
        return {"InstanceStates": states}

    def _register_instances_with_load_balancer(self, LoadBalancerName, Instances):
        for each in Instances:
            self._register(LoadBalancerName, each["InstanceId"])
        return {}

    def _deregister_instances_from_load_balancer(self, LoadBalancerName, Instances):
        for each in Instances:
            self._deregister(LoadBalancerName, each["InstanceId"])
        return {}

    def _describe_target_groups(self, Names=(), TargetGroupArns=()):
        found = [arn for arn in self.pools if arn in TargetGroupArns or arn.rpartition("/")[2] in Names]
        if not found:
            raise refusal(NotFound, "elbv2", "TargetGroupNotFound: One or more target groups not found", 400)
        return {"TargetGroups": [{"TargetGroupArn": a, "TargetGroupName": a.rpartition("/")[2]} for a in found]}

    def _describe_target_health(self, TargetGroupArn):
        shown = {"healthy": "healthy", "starting": "initial", "unhealthy": "unhealthy"}
        states = [
            {"Target": {"Id": each}, "TargetHealth": {"State": shown[self._health(TargetGroupArn, each)]}}
            for each in self.pools[TargetGroupArn]
        ]
        states += [
            {"Target": {"Id": each}, "TargetHealth": {"State": "draining", "Reason": "Target.DeregistrationInProgress"}}
            for each in self._drains(TargetGroupArn)
        ]
        return {"TargetHealthDescriptions": states}

    def _register_targets(self, TargetGroupArn, Targets):
        for each in Targets:
            self._register(TargetGroupArn, each["Id"])
        return {}

    def _deregister_targets(self, TargetGroupArn, Targets):
        for each in Targets:
            self._deregister(TargetGroupArn, each["Id"])
        return {}

    def _describe_listeners(self, ListenerArns):
        return {"Listeners": [{"DefaultActions": self.listeners[a]} for a in ListenerArns if a in self.listeners]}

    def _describe_rules(self, RuleArns):
        return {"Rules": [{"Actions": self.listeners[arn]} for arn in RuleArns if arn in self.listeners]}

    def _modify_listener(self, ListenerArn, DefaultActions):
        self.listeners[ListenerArn] = DefaultActions
        return {}

    def _modify_rule(self, RuleArn, Actions):
        return self._modify_listener(RuleArn, Actions)

    def _describe_auto_scaling_groups(self, AutoScalingGroupNames):
        return {
            "AutoScalingGroups": [
                {
                    "AutoScalingGroupName": name,
                    "Instances": [
                        {"InstanceId": i, "LifecycleState": "InService"} for i in self.groups[name]["instances"]
                    ],
                    "LoadBalancerNames": [key for key in self.groups[name]["attached"] if not key.startswith("arn:")],
                    "TargetGroupARNs": [key for key in self.groups[name]["attached"] if key.startswith("arn:")],
                    "SuspendedProcesses": [{"ProcessName": each} for each in self.groups[name]["suspended"]],
                }
                for name in AutoScalingGroupNames
                if name in self.groups
            ]
        }

    def _suspend_processes(self, AutoScalingGroupName, ScalingProcesses):
        self.groups[AutoScalingGroupName]["suspended"] |= set(ScalingProcesses)
        return {}

    def _resume_processes(self, AutoScalingGroupName, ScalingProcesses):
        self.groups[AutoScalingGroupName]["suspended"] -= set(ScalingProcesses)
        return {}

    def _attach_load_balancers(self, AutoScalingGroupName, LoadBalancerNames):
        group = self.groups[AutoScalingGroupName]
        for pool in LoadBalancerNames:
            group["attached"].add(pool)
            for each in group["instances"]:
                self._register(pool, each)
        return {}

    def _detach_load_balancers(self, AutoScalingGroupName, LoadBalancerNames):
        group = self.groups[AutoScalingGroupName]
        for pool in LoadBalancerNames:
            group["attached"].discard(pool)
            for each in group["instances"]:
                self._deregister(pool, each)
        return {}

    def _attach_load_balancer_target_groups(self, AutoScalingGroupName, TargetGroupARNs):
        return self._attach_load_balancers(AutoScalingGroupName, TargetGroupARNs)

    def _detach_load_balancer_target_groups(self, AutoScalingGroupName, TargetGroupARNs):
        return self._detach_load_balancers(AutoScalingGroupName, TargetGroupARNs)

    def _get_object(self, Bucket, Key):
        if Bucket not in self.buckets:
            raise refusal(NotFound, "s3", "NoSuchBucket: The specified bucket does not exist", 404)
        if (Bucket, Key) not in self.objects:
            raise refusal(NotFound, "s3", "NoSuchKey: The specified key does not exist.", 404)
        body, etag, written = self.objects[Bucket, Key]
        date = format_datetime(datetime.fromtimestamp(self.clock.seconds, timezone.utc), usegmt=True)
        return {
            "Body": io.BytesIO(body),
            "ETag": etag,
            "LastModified": datetime.fromtimestamp(int(written), timezone.utc),
            "ResponseMetadata": {"HTTPHeaders": {"date": date}},
        }

    def _put_object(self, Bucket, Key, Body, ContentType, IfMatch=None, IfNoneMatch=None):
        there = self.objects.get((Bucket, Key))
        if (IfNoneMatch and there) or (IfMatch and (there is None or there[1] != IfMatch)):
            raise refusal(Conflict, "s3", "PreconditionFailed: At least one precondition did not hold", 412)
        etag = f'"{next(self._etags)}"'
        self.objects[Bucket, Key] = (Body, etag, self.clock.seconds)
        return {"ETag": etag}


def refusal(kind: type[ServerError], service: str, words: str, status: int = 400) -> ServerError:
    return kind(system=f"AWS {service}", operation="call", target="it", words=words, status=status)
