"""A run may die at any call. Whoever comes next goes on with it or undoes it, and live is served all the time."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas.errors import Refused
from tests.unit.traffic.scenes import Killed, Scene

KINDS = ["classic", "target_group", "weighted"]


def lives_on(make, operation):
    """Let `operation` die at each of its calls in turn, before and after it, and yield what is left each time."""
    for number, after in ((number, after) for number in itertools.count() for after in (False, True)):
        scene = make()
        scene.dies_at(number, after=after)
        try:
            operation(scene)
        except Killed:
            scene.lease_ends()
            yield scene
        else:
            return


@pytest.mark.parametrize("groups", [False, True], ids=["tags", "groups"])
def test_a_cutover_that_died_anywhere_is_gone_on_with(kind, groups):
    whole = Scene(kind, groups=groups)
    whole.cutover("paasB")
    for scene in lives_on(lambda: Scene(kind, groups=groups), Scene.cutover):
        scene.cutover("paasB")
        assert scene.sides() == (scene.b, scene.a)
        assert scene.attached() == whole.attached()
        assert all(scene.adding().values())
        assert scene.shortages == []


@pytest.mark.parametrize("groups", [False, True], ids=["tags", "groups"])
def test_a_cutover_that_died_anywhere_is_undone(kind, groups):
    for scene in lives_on(lambda: Scene(kind, groups=groups), Scene.cutover):
        attached = Scene(kind, groups=groups).attached()
        if ("state", "paas/traffic.json") not in scene.aws.objects:
            with pytest.raises(Refused, match="knows of no cutover"):
                scene.switch_back()
        elif scene.journal()["state"] == "done":
            scene.switch_back()
        else:
            assert "cutover of paasB" in scene.switch_back()["undoes"]
            assert scene.journal()["state"] == "undone"
        assert scene.sides() == (scene.a, scene.b)
        assert scene.attached() == attached
        assert all(scene.adding().values())
        assert scene.shortages == []


def test_a_switch_back_that_died_anywhere_is_gone_on_with(kind):
    def moved():
        scene = Scene(kind, groups=True)
        scene.cutover("paasB")
        return scene

    for scene in lives_on(moved, Scene.switch_back):
        scene.switch_back()
        assert scene.sides() == (scene.a, scene.b)
        assert scene.attached() == Scene(kind, groups=True).attached()
        assert all(scene.adding().values())
        assert scene.shortages == []


def test_a_switch_back_that_died_is_undone_by_a_cutover_to_where_it_came_from(kind):
    def moved():
        scene = Scene(kind, groups=True)
        scene.cutover("paasB")
        return scene

    for scene in lives_on(moved, Scene.switch_back):
        scene.cutover("paasB")
        assert scene.sides() == (scene.b, scene.a)
        assert scene.attached() == moved().attached()
        assert all(scene.adding().values())
        assert scene.shortages == []


def test_a_stage_that_died_anywhere_is_gone_on_with_and_live_never_changes(kind):
    for scene in lives_on(lambda: Scene(kind, groups=True, staged=False), Scene.stage):
        assert scene.behind("live") == scene.a
        scene.stage("paasB")
        assert scene.sides() == (scene.a, scene.b)
        assert all(scene.adding().values())


def test_an_undo_that_died_anywhere_is_gone_on_with(kind):
    def half():
        scene = Scene(kind, groups=True)
        scene.dies_at(14)
        with pytest.raises(Killed):
            scene.cutover("paasB")
        scene.lease_ends()
        return scene

    for scene in lives_on(half, Scene.switch_back):
        if scene.journal()["state"] != "undone":
            scene.switch_back()
        assert scene.sides() == (scene.a, scene.b)
        assert all(scene.adding().values())
        assert scene.shortages == []


operations = st.lists(
    st.tuples(st.sampled_from(["cutover_a", "cutover_b", "switch_back", "stage_a", "stage_b"]), st.integers(0, 40)),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(KINDS),
    groups=st.booleans(),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    health=st.sampled_from([0, 7, 40]),
    drain=st.sampled_from([0, 7, 40]),
    operations=operations,
)
def test_whatever_is_asked_and_wherever_it_dies_live_is_served(kind, groups, sizes, health, drain, operations):
    a, b = ([f"i-{cluster}{number}" for number in range(size)] for cluster, size in zip("ab", sizes, strict=True))
    scene = Scene(kind, groups=groups, a=a, b=b, staged=False)
    scene.aws.seconds_to_health, scene.aws.seconds_to_drain = health, drain
    for name, number in operations:
        scene.dies_at(number)
        verb, _, cluster = name.partition("_")
        call = scene.switch_back if name == "switch_back" else getattr(scene, verb)
        try:
            call(*[f"paas{cluster.upper()}"] if name != "switch_back" else [])
        except (Killed, Refused):
            scene.lease_ends()
        scene.aws.before = [scene.check]
    assert scene.shortages == []
    finish(scene)
    assert scene.shortages == []
    assert all(scene.adding().values())
    assert scene.behind("live") in (scene.a, scene.b)


def finish(scene):
    """Do what the journal says is left to do."""
    if ("state", "paas/traffic.json") in scene.aws.objects and scene.journal()["state"] in ("running", "stopped"):
        scene.switch_back()
