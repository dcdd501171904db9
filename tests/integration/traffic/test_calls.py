"""What the lab's AWS counted, compared with what the dry run said."""

import re

import pytest

from paas.traffic import Order

KINDS = [
    pytest.param({"kind": kind, "groups": groups}, id=f"{kind} {'groups' if groups else 'tags'}")
    for kind in ("classic", "target_group", "weighted")
    for groups in (False, True)
    if not (groups and kind == "weighted")
]


@pytest.fixture(params=KINDS)
def world(request, make):
    world = make(**request.param, settings={"lease_seconds": 60})
    world.ready()
    return world


SERVER = re.compile(r"(InstanceId|Targets\.member\.\d+\.Id)$")


def counted(world):
    """The writing calls that AWS saw, as (name, ids, the rest) in order."""
    found = []
    for call in world.control("GET", "calls?writing=1"):
        params = dict(call["params"])
        ids = sorted(value for name, value in params.items() if SERVER.search(name))
        service = "elasticloadbalancing" if call["service"].startswith("elb") else call["service"]
        found.append((f"{service}:{call['action']}", ids, subject(params)))
    return found


def subject(params):
    """What a call is about: the load balancer, group, listener or object."""
    names = ("LoadBalancerName", "TargetGroupArn", "AutoScalingGroupName", "ListenerArn", "Bucket")
    return next(value for name in names if (value := params.get(name)))


def printed(result):
    found = []
    for call in result["calls"]:
        request = call["request"]
        ids = [each["InstanceId"] for each in request.get("Instances", [])]
        ids += [each["Id"] for each in request.get("Targets", [])]
        found.append((call["call"], sorted(ids), subject(request)))
    return found


def test_the_dry_run_prints_exactly_the_writing_calls_that_aws_then_sees(world):
    for operation, given in (("stage", ["paasB"]), ("cutover", ["paasB"]), ("switch_back", [])):
        world.control("DELETE", "calls")
        plan = getattr(world.traffic(), operation)(*given, Order(), dry_run=True)
        assert (operation, counted(world)) == (operation, [])
        getattr(world.traffic(), operation)(*given, Order())
        assert (operation, counted(world)) == (operation, printed(plan))
        assert len(printed(plan)) > 3
