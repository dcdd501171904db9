"""`kill -9` after every writing call: the next run goes on or undoes it, and live is served all the time."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paas.errors import Refused
from paas.traffic import Order, status

REPOSITORY = Path(__file__).resolve().parents[3]
KINDS = [
    pytest.param({"kind": "classic", "groups": True}, id="classic with autoscaling groups"),
    pytest.param({"kind": "target_group"}, id="target groups"),
    pytest.param({"kind": "weighted"}, id="weighted forward"),
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(params=KINDS)
def world(request, make):
    world = make(**request.param, settings={"lease_seconds": 1, "poll_seconds": 0.05})
    world.ready()
    return world


def die(world, number, *, operation="cutover", before=False):
    """Run an operation in a process of its own that is killed at its n-th writing call."""
    given = world.aws_settings
    order = {
        "environment": {**world.built.settings, "name": world.name},
        "aws": {
            "region": given.region,
            "endpoint_url": given.endpoint_url,
            "access_key_id": "datastore:key",
            "secret_access_key": "datastore:key",
        },
        "operation": operation,
        "cluster": ["paasB"] if operation == "cutover" else [],
        "number": number,
        "before": before,
    }
    command = [sys.executable, "-m", "tests.faults.traffic.operator", json.dumps(order)]
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'lib'}"}
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2000:]


def once_the_lease_is_over(do):
    """Do something that is refused as long as the killed run may be alive."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return do()
        except Refused as error:
            if "is running" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def attached(world):
    """What each autoscaling group is attached to."""
    found = world.builder.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=list(world.built.groups.values())
    )
    return {each["AutoScalingGroupName"]: each["LoadBalancerNames"] for each in found["AutoScalingGroups"]}


def writing_calls(world):
    return len(world.traffic().cutover("paasB", Order(), dry_run=True)["calls"])


def test_a_cutover_killed_after_any_writing_call_is_gone_on_with(world):
    number = 0
    with world.client() as client:
        # After the last call nothing is left to do. The first cutover has more of them: paasB was never staged.
        while (number := number + 1) < writing_calls(world):
            before = attached(world)
            die(world, number)
            once_the_lease_is_over(lambda: world.traffic().cutover("paasB", Order()))
            assert (number, world.live(), world.live("prelive")) == (number, world.b, world.a)
            world.traffic().switch_back(Order())
            assert (number, attached(world)) == (number, before)
    assert client.errors == []
    assert world.watched.shortages == []
    assert not world.built.groups or world.adding()


def test_a_cutover_killed_after_any_writing_call_is_undone(world):
    with world.client() as client:
        for number in range(1, writing_calls(world)):
            die(world, number)
            result = once_the_lease_is_over(lambda: world.traffic().switch_back(Order()))
            assert "the cutover of paasB" in result["undoes"]
            assert (number, world.live()) == (number, world.a)
    assert client.errors == []
    assert world.watched.shortages == []
    assert not world.built.groups or world.adding()


def test_until_somebody_goes_on_the_half_state_has_a_name(world):
    die(world, writing_calls(world) // 2 + 1, before=True)
    shown = status(world.traffic())
    assert shown["run"]["state"] == "running"
    assert shown["run"]["phase"]
    assert "the cutover of paasB" in shown["message"]
    assert world.live()
