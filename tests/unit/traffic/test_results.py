"""What an operator reads after a run or a dry run: what happened, what it touched, how to go back."""

import re

import pytest

from paas.errors import Refused
from paas.traffic import Options, Undone
from tests.unit.traffic.scenes import Killed, Scene


@pytest.fixture
def scene():
    return Scene("classic")


def test_a_dry_run_says_what_would_be_and_how_to_do_exactly_that(scene):
    result = scene.cutover("paasB", dry_run=True)
    assert result["message"] == (
        "prd: paasB would be live; 4 calls on ingress-live, ingress-prelive, 8 of the lock and journal, and nothing "
        "was touched yet"
    )
    assert result["next"] == f"elb_cutover cluster=paasB environment=prd plan={result['plan']}"
    assert not result["changed"]


def test_a_run_says_what_it_did_and_what_takes_it_back(scene):
    there = scene.cutover("paasB")
    assert there["message"] == "prd: paasB is live; 4 calls on ingress-live, ingress-prelive"
    assert there["next"] == "elb_switch_back environment=prd"
    assert scene.switch_back()["next"] == "elb_cutover cluster=paasB environment=prd"


def test_after_staging_comes_testing():
    assert Scene("classic", staged=False).stage("paasB")["next"] == "smoke_test environment=prd"


def test_what_undoes_a_switch_back_is_confirmed_by_the_same_action():
    scene = Scene("classic")
    scene.cutover("paasB")
    scene.dies_at(14)
    with pytest.raises(Killed):
        scene.switch_back()
    scene.lease_ends()
    shown = scene.cutover("paasB", dry_run=True)
    assert shown["next"] == f"elb_cutover cluster=paasB environment=prd plan={shown['plan']}"
    assert "switch_back" in scene.cutover("paasB", plan=shown["plan"])["undoes"]


def test_nothing_to_do_is_said(scene):
    scene.cutover("paasB")
    assert scene.cutover("paasB")["message"] == "prd: paasB is live already, nothing was done"
    assert scene.cutover("paasB", dry_run=True)["message"] == "prd: paasB is live already, nothing is to do"
    assert scene.stage("paasA")["message"] == "prd: paasA is behind pre-live, live as it is already, nothing was done"


def test_a_run_that_went_on_with_another_says_so(scene):
    scene.dies_at(14)
    with pytest.raises(Killed):
        scene.cutover("paasB")
    scene.lease_ends()
    shown, done = scene.cutover("paasB", dry_run=True), scene.cutover("paasB")
    assert "; it would go on with the cutover of paasB (phase " in shown["message"]
    assert "prd: paasB is live; it went on with the cutover of paasB (phase " in done["message"]


def test_an_undo_says_what_it_undid_and_who_is_live(scene):
    scene.dies_at(20)
    with pytest.raises(Killed):
        scene.cutover("paasB")
    scene.lease_ends()
    shown, done = scene.switch_back(dry_run=True), scene.switch_back()
    assert re.match(
        r"prd: the cutover of paasB \(.*by tester\) would be undone, paasA live as before; ", shown["message"]
    )
    assert re.match(r"prd: the cutover of paasB \(.*by tester\) is undone, paasA live as before", done["message"])


def test_the_table_has_a_line_for_each_call_but_those_on_the_journal(scene):
    lines = scene.cutover("paasB", dry_run=True)["table"].splitlines()
    assert [line.split(None, 3) for line in lines[:2]] == [
        ["phase", "call", "on", "with"],
        ["join", "RegisterInstancesWithLoadBalancer", "ingress-live", "i-b1, i-b2, i-b3"],
    ]
    assert len(lines) == 5


def test_the_table_says_weights_by_target_group():
    scene = Scene("weighted")
    (shift,) = [line for line in scene.cutover("paasB", dry_run=True)["table"].splitlines() if "shift" in line]
    assert shift.endswith("ingress-paasA 0%, ingress-paasB 100%")


def test_many_servers_are_counted():
    many = [f"i-b{number:03}" for number in range(50)]
    table = Scene("target_group", b=many).cutover("paasB", dry_run=True)["table"]
    assert "i-b000, i-b001, i-b002, i-b003 and 46 more" in table


def test_a_plan_stands_for_how_it_is_waited_for_too():
    scene = Scene("weighted")
    how = {"min_healthy": "60%", "options": Options(steps=(10, 100), bake_seconds=60.0)}
    shown = scene.cutover("paasB", dry_run=True, **how)
    assert shown["how"] == "min_healthy=60% bake_seconds=60.0 steps=[10,100]"
    assert shown["next"] == f"elb_cutover cluster=paasB environment=prd {shown['how']} plan={shown['plan']}"
    with pytest.raises(Refused, match="repeat what else was asked for with it"):
        scene.cutover("paasB", plan=shown["plan"], options=how["options"])
    assert scene.cutover("paasB", plan=shown["plan"], **how)["changed"]


def test_progress_is_said_once_and_then_every_half_minute(scene):
    scene.aws.pools["ingress-live"].clear()
    scene.aws.before.clear()
    scene.aws.after.clear()
    scene.aws.seconds_to_health = 100
    scene.cutover("paasB")
    waited = [line for line in scene.said if line.startswith("ingress-live: 0 of 3 healthy")]
    assert waited == [f"ingress-live: 0 of 3 healthy, 3 needed ({seconds} s)" for seconds in (0, 30, 60, 90)]


def test_a_failure_that_was_undone_says_so(scene):
    scene.aws.sick |= scene.b
    with pytest.raises(
        Undone, match=r"0 of 3 servers are healthy, 3 are needed.*Undone: everything is as it was before$"
    ):
        scene.cutover("paasB")
