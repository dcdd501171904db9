import pytest

from paas.errors import InvalidInput
from tests.unit.traffic.scenes import Scene


def test_live_moves_to_the_other_cluster_and_the_old_one_waits_behind_prelive(scene):
    result = scene.cutover("paasB")
    assert result["changed"]
    assert scene.sides() == (scene.b, scene.a)
    assert scene.journal()["state"] == "done"


def test_live_moves_back_in_the_same_way(scene):
    scene.cutover("paasB")
    scene.switch_back()
    assert scene.sides() == (scene.a, scene.b)


def test_twice_is_once(scene):
    scene.cutover("paasB")
    scene.aws.calls.clear()
    result = scene.cutover("paasB")
    assert not result["changed"]
    assert scene.aws.writes == []


def test_switched_back_twice_is_once_too(scene):
    scene.cutover("paasB")
    scene.switch_back()
    assert not scene.switch_back()["changed"]
    assert scene.sides() == (scene.a, scene.b)


def test_a_cluster_that_was_never_staged_is_proven_behind_live_itself(kind):
    scene = Scene(kind, staged=False)
    scene.aws.seconds_to_health = 30
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)
    assert scene.shortages == []


def test_the_old_servers_leave_only_once_the_new_ones_are_healthy(kind):
    scene = Scene(kind, staged=False)
    scene.aws.seconds_to_health = 200
    scene.minimum = 3
    scene.cutover("paasB")
    assert scene.clock.seconds - 1_700_000_000 >= 200
    assert scene.shortages == []


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_the_old_servers_join_prelive_only_once_they_have_drained(kind):
    scene = Scene(kind)
    scene.aws.seconds_to_drain = 60
    parked = []
    scene.aws.before.append(
        lambda service, operation, request: (
            parked.append(scene.clock.seconds) if operation.startswith("register") and len(parked) < 2 else None
        )
    )
    scene.cutover("paasB")
    assert parked[1] - parked[0] >= 60


def test_a_share_of_the_new_servers_may_be_enough(scene):
    scene.aws.sick.add("i-b1")
    scene.cutover("paasB", min_healthy="60%")
    assert scene.sides() == (scene.b, scene.a)


def test_several_roles_move_together(kind):
    scene = Scene("classic")
    scene.aws.launch("i-w1", KubernetesCluster="paasA", role="web")
    scene.aws.launch("i-w2", KubernetesCluster="paasB", role="web")
    scene.aws.pools |= {"web-live": {}, "web-prelive": {}}
    scene.aws.put_behind("web-live", "i-w1")
    scene.aws.put_behind("web-prelive", "i-w2")
    scene.aws.sick.add("i-w2")
    both = Scene("classic", roles={
        "ingress": {side: {"classic": f"ingress-{side}"} for side in ("live", "prelive")},
        "web": {side: {"classic": f"web-{side}"} for side in ("live", "prelive")},
    }).settings  # fmt: skip
    scene.settings = both
    with pytest.raises(Exception, match="web-live"):
        scene.cutover("paasB")
    assert scene.sides() == (scene.a, scene.b)
    scene.aws.sick.clear()
    scene.cutover("paasB")
    assert (scene.behind("live"), set(scene.aws.pools["web-live"])) == (scene.b, {"i-w2"})


@pytest.mark.parametrize("steps", [(), (50, 10), (0, 100), (50, 101), (50, 50)])
def test_steps_that_do_not_rise_are_refused_before_anything_is_touched(steps):
    from paas.traffic import Options

    scene = Scene("weighted")
    with pytest.raises(InvalidInput, match="steps"):
        scene.cutover("paasB", options=Options(steps=steps))
    assert scene.aws.calls == []


def test_steps_without_a_weighted_forward_are_refused():
    from paas.traffic import Options

    with pytest.raises(InvalidInput, match="no role of this environment forwards by weight"):
        Scene("classic").cutover("paasB", options=Options(steps=(10, 100)))


def test_a_cluster_of_another_environment_is_refused(scene):
    with pytest.raises(InvalidInput, match=r"`cluster` is 'paasC'; expected one of paasA, paasB"):
        scene.cutover("paasC")
