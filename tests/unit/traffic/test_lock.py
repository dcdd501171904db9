"""One run at a time, whoever and wherever the operators are."""

import pytest

from paas.errors import Conflict, Refused, Unavailable
from tests.unit.traffic.fake_aws import refusal
from tests.unit.traffic.scenes import Killed, Scene


def killed(scene, number=15):
    scene.dies_at(number)
    with pytest.raises(Killed):
        scene.cutover("paasB")
    return scene


def test_a_second_operator_is_refused_and_told_who_is_at_it(scene):
    said = []

    def another(service, operation, request):
        if operation == "describe_instances" or not operation.startswith("describe") or said:
            return
        said.append(True)
        if ("state", "paas/traffic.json") not in scene.aws.objects:
            said.clear()
            return
        with pytest.raises(Refused, match=r"the cutover of paasB \(.*by tester\) is running; its last sign of life"):
            scene.cutover("paasB")
        with pytest.raises(Refused, match="is running"):
            scene.switch_back()
        with pytest.raises(Refused, match="is running"):
            scene.stage("paasB")

    scene.aws.before.append(another)
    scene.cutover("paasB")
    assert said == [True]
    assert scene.sides() == (scene.b, scene.a)


def test_of_two_who_begin_at_once_one_is_refused(scene):
    begun = []

    def another(service, operation, request):
        if operation == "put_object" and not begun:
            begun.append(True)
            scene.cutover("paasB")

    scene.aws.before.append(another)
    with pytest.raises(Refused, match="written by somebody else meanwhile"):
        scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


def test_a_run_that_gave_a_sign_of_life_a_moment_ago_is_not_taken_over(scene):
    killed(scene)
    scene.clock.sleep(60)
    with pytest.raises(Refused, match="If it has died, go on in 6"):
        scene.cutover("paasB")


def test_a_run_that_died_a_day_ago_is_named_and_neither_another_cutover_nor_a_stage_passes(scene):
    killed(scene)
    scene.clock.sleep(86_400)
    for other in (lambda: scene.cutover("paasA"), lambda: scene.stage("paasB")):
        with pytest.raises(Refused, match=r"cutover of paasB \(.*\) is unfinished; go on with it \(elb_cutover paasB"):
            other()
    assert "is unfinished (running or died; last sign of life 24 h ago)" in scene.status()["message"]
    scene.switch_back()
    assert scene.sides() == (scene.a, scene.b)


def test_a_run_that_was_taken_for_dead_stops_at_its_next_write(scene):
    """It hung for ten minutes; meanwhile somebody else has undone its work."""
    hung = []

    def hang(service, operation, request):
        if operation.startswith(("deregister", "modify")) and not hung:
            hung.append(True)
            scene.lease_ends()
            scene.switch_back()

    scene.aws.after.append(hang)
    with pytest.raises(Refused, match="written by somebody else meanwhile"):
        scene.cutover("paasB")
    assert scene.journal()["state"] == "undone"


def test_a_write_whose_answer_was_lost_is_known_as_ones_own(scene):
    lost = []

    def lose(service, operation, request):
        if operation == "put_object" and not lost:
            lost.append(True)
            raise refusal(Conflict, "s3", "PreconditionFailed: sent again, and it had gone through", 412)

    scene.aws.after.append(lose)
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


def test_a_long_wait_gives_signs_of_life(kind):
    scene = Scene(kind, staged=False, health_timeout=2000)
    scene.aws.seconds_to_health = 1000
    gaps, last = [], [scene.clock.seconds]

    def note(service, operation, request):
        if operation == "put_object":
            gaps.append(scene.clock.seconds - last[0])
            last[0] = scene.clock.seconds

    scene.aws.before.append(note)
    scene.cutover("paasB")
    assert max(gaps) < scene.settings.lease_seconds / 2
    assert len(gaps) > 1000 / scene.settings.lease_seconds


def test_s3_that_is_busy_for_a_moment_is_asked_again(scene):
    left = [3]

    def busy(service, operation, request):
        if operation == "put_object" and left[0]:
            left[0] -= 1
            raise refusal(Unavailable, "s3", "SlowDown: Please reduce your request rate.", 503)

    scene.aws.before.append(busy)
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


def test_what_ended_is_kept_and_the_oldest_forgotten(scene):
    for _ in range(15):
        scene.cutover("paasB")
        scene.switch_back()
    history = scene.journal()["history"]
    assert len(history) == 20
    assert [each["operation"] for each in history[:2]] == ["cutover", "switch_back"]
