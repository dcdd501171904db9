"""Autoscaling groups: what they are attached to, and whether they add their instances to it now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from paas.traffic.calls import Aws, Call, portions

#: While it is suspended, a group launches instances without adding them to a load balancer.
ADDING = "AddToLoadBalancer"
_NAMES_AT_ONCE = 50


def describe(aws: Aws, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """AWS's descriptions of autoscaling groups by name; a group that is not there is left out."""
    wanted = frozenset(names)
    found: dict[str, dict[str, Any]] = {}
    for portion in portions(wanted, _NAMES_AT_ONCE):
        for each in aws.each(
            "autoscaling",
            "describe_auto_scaling_groups",
            "AutoScalingGroups",
            target=", ".join(portion),
            AutoScalingGroupNames=portion,
        ):
            found[each["AutoScalingGroupName"]] = each
    return found


def servers(described: dict[str, Any], *, in_service: bool = False) -> frozenset[str]:
    """The ids of a group's instances; only those in service where asked."""
    return frozenset(
        each["InstanceId"]
        for each in described.get("Instances", [])
        if not in_service or each.get("LifecycleState") == "InService"
    )


def attached(described: dict[str, Any]) -> frozenset[str]:
    """Keys of the load balancers and target groups that a group is attached to."""
    return frozenset(described.get("LoadBalancerNames", [])) | frozenset(described.get("TargetGroupARNs", []))


def adds(described: dict[str, Any]) -> bool:
    """Whether a group adds its instances to what it is attached to."""
    return all(each["ProcessName"] != ADDING for each in described.get("SuspendedProcesses", []))


def suspend(group: str) -> Call:
    """The call after which a group no longer adds instances."""
    return Call(
        "autoscaling", "suspend_processes", group, {"AutoScalingGroupName": group, "ScalingProcesses": [ADDING]}
    )


def resume(group: str) -> Call:
    """The call after which a group adds instances again."""
    return Call("autoscaling", "resume_processes", group, {"AutoScalingGroupName": group, "ScalingProcesses": [ADDING]})
