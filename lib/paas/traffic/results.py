"""What comes back from a run or a dry run: what happened, what it touched, and how to go back, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from paas.settings import EnvironmentSettings
from paas.traffic.orders import Order
from paas.traffic.steps import digest
from paas.traffic.tables import table

_SERVERS_SHOWN = 4
_LOCK = "s3:PutObject"


def plan_of(calls: Sequence[Mapping[str, Any]], order: Order) -> str:
    """Eight characters that stand for exactly these calls, and for how they are waited for in between."""
    return digest([*map(dict, calls), {"min_healthy": order.min_healthy, **vars(order.options)}])


def result(
    settings: EnvironmentSettings,
    operation: str,
    cluster: str,
    calls: Sequence[Mapping[str, Any]],
    order: Order,
    *,
    dry_run: bool = False,
    unfinished: str = "",
    undone: str = "",
    again: str = "",
) -> dict[str, Any]:
    """A run, or a dry run, as an action's result: plain JSON.

    Args:
        settings: The environment's.
        operation: `stage`, `cutover` or `switch_back`.
        cluster: Which one was moved; where a run was undone, which one is live.
        calls: The writing calls, those that were made or those that would be.
        order: What was asked for.
        dry_run: Nothing was done.
        unfinished: The run that this one went on with, in words.
        undone: The run that this one undid, in words.
        again: The action and its cluster that were asked for, where that is not `operation` on `cluster`.

    Returns:
        `message` says what happened and `next` what to run from here, the way back after a move; `table` has a line a
        call. `plan` stands for exactly these calls, and `how` is what else was asked for, as it is typed.
    """
    name, how, plan = settings.name, _how(order), plan_of(calls, order) if dry_run else ""
    again = again or f"elb_{operation}" + ("" if operation == "switch_back" else f" cluster={cluster}")
    said = [f"{name}: {_happened(operation, cluster, bool(calls), dry_run, undone)}"]
    if unfinished:
        said.append(f"it {'would go' if dry_run else 'went'} on with {unfinished}")
    if touched := _touched(calls):
        said.append(f"{touched}{', and nothing was touched yet' if dry_run else ''}")
    if dry_run and calls:
        following = " ".join(filter(None, [again, f"environment={name}", how, f"plan={plan}"]))
    else:
        following = f"{_next(settings, operation, cluster, undone)} environment={name}" if calls else ""
    return {
        "environment": name,
        "operation": operation,
        "cluster": cluster,
        "message": "; ".join(said),
        "next": following,
        "dry_run": dry_run,
        "changed": bool(calls) and not dry_run,
        "plan": plan,
        "how": how,
        "table": table(("phase", "call", "on", "with"), _rows(calls)),
        "calls": list(calls),
    }


def _next(settings: EnvironmentSettings, operation: str, cluster: str, undone: str) -> str:
    if undone:
        return "elb_status"
    back = f"elb_cutover cluster={settings.other(cluster)}"
    return {"stage": "smoke_test", "cutover": "elb_switch_back", "switch_back": back}[operation]


def _happened(operation: str, cluster: str, calls: bool, dry_run: bool, undone: str) -> str:
    if undone:
        now = f", {cluster} live as before" if cluster else ""
        return f"{undone} {'would be' if dry_run else 'is'} undone{now}"
    place = "behind pre-live, live as it is" if operation == "stage" else "live"
    if not calls:
        return f"{cluster} is {place} already, nothing {'is to do' if dry_run else 'was done'}"
    return f"{cluster} {'would be' if dry_run else 'is'} {place}"


def _touched(calls: Sequence[Mapping[str, Any]]) -> str:
    moves = [each for each in calls if each["call"] != _LOCK]
    targets = list(dict.fromkeys(str(each["target"]) for each in moves))
    writes = len(calls) - len(moves)
    said = [f"{len(moves)} call{'s' * (len(moves) > 1)} on {', '.join(targets)}"] if moves else []
    if writes:
        said.append(f"{writes} of the lock and journal")
    return ", ".join(said)


def _how(order: Order) -> str:
    given: dict[str, Any] = {"min_healthy": order.min_healthy, "bake_seconds": order.options.bake_seconds}
    given["steps"] = None if order.options.steps == (100,) else list(order.options.steps)
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, separators=(',', ':'))}"
        for name, value in given.items()
        if value
    )


def _rows(calls: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [
        (each["phase"], each["call"].partition(":")[2], each["target"], _with(each["request"]))
        for each in calls
        if each["call"] != _LOCK
    ]


def _with(request: Mapping[str, Any]) -> str:
    """The servers of a call, or its weights."""
    servers = [each["InstanceId"] for each in request.get("Instances", ())]
    servers += [each["Id"] for each in request.get("Targets", ())]
    if servers:
        shown = ", ".join(servers[:_SERVERS_SHOWN])
        return shown if len(servers) <= _SERVERS_SHOWN else f"{shown} and {len(servers) - _SERVERS_SHOWN} more"
    for action in request.get("Actions") or request.get("DefaultActions") or ():
        if action["Type"] == "forward":
            groups = action["ForwardConfig"]["TargetGroups"]
            return ", ".join(f"{_name(each['TargetGroupArn'])} {each['Weight']}%" for each in groups)
    return ", ".join(request.get("ScalingProcesses", ()))


def _name(arn: str) -> str:
    """A target group's name: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/NAME/ID."""
    return arn.partition(":targetgroup/")[2].partition("/")[0]
