"""A dry run prints exactly the writing calls that the run then makes."""

import pytest

from tests.unit.traffic.scenes import Scene
from tests.unit.traffic.test_crashes import lives_on

OPERATIONS = {
    "stage": lambda scene, **how: scene.stage("paasB", **how),
    "cutover": lambda scene, **how: scene.cutover("paasB", **how),
    "switch_back": lambda scene, **how: scene.switch_back(**how),
}


def made(scene):
    """The writing calls as the dry run prints them."""
    found = []
    for service, operation, request in scene.aws.writes:
        name = "".join(word.capitalize() for word in operation.split("_"))
        service = "elasticloadbalancing" if service.startswith("elb") else service
        request = {key: value for key, value in request.items() if key not in ("Body", "IfMatch", "IfNoneMatch")}
        found.append((f"{service}:{name}", request))
    return found


def printed(result):
    return [(call["call"], call["request"]) for call in result["calls"]]


@pytest.fixture(params=[False, True], ids=["tags", "groups"])
def scene(request, kind):
    return Scene(kind, groups=request.param, staged=False)


@pytest.mark.parametrize("name", OPERATIONS)
def test_it_prints_what_is_then_done(scene, name):
    if name == "switch_back":
        scene.cutover("paasB")
    scene.aws.calls.clear()
    plan = OPERATIONS[name](scene, dry_run=True)
    assert scene.aws.writes == []
    result = OPERATIONS[name](scene)
    assert printed(plan) == made(scene)
    journal = [call for call in printed(result) if not call[0].startswith("s3:")]
    assert journal == [call for call in made(scene) if not call[0].startswith("s3:")]


@pytest.mark.parametrize("groups", [False, True], ids=["tags", "groups"])
@pytest.mark.parametrize("operation", ["cutover", "switch_back"])
def test_it_prints_what_going_on_or_undoing_would_do_wherever_the_run_died(kind, groups, operation):
    for scene in lives_on(lambda: Scene(kind, groups=groups, staged=False), Scene.cutover):
        if ("state", "paas/traffic.json") in scene.aws.objects:
            scene.aws.calls.clear()
            plan = OPERATIONS[operation](scene, dry_run=True)
            OPERATIONS[operation](scene)
            assert printed(plan) == made(scene)


def test_a_plan_is_confirmed_by_its_digest(scene):
    plan = scene.cutover("paasB", dry_run=True)
    assert scene.cutover("paasB", plan=plan["plan"])["changed"]


def test_nothing_to_do_is_no_call_at_all(scene):
    scene.cutover("paasB")
    assert scene.cutover("paasB", dry_run=True)["calls"] == []


def test_a_call_takes_two_hundred_servers():
    many = tuple(f"i-b{number:04}" for number in range(450))
    scene = Scene("target_group", b=many, staged=False)
    calls = scene.stage("paasB", dry_run=True)["calls"]
    targets = [len(call["request"]["Targets"]) for call in calls if call["call"].endswith("RegisterTargets")]
    assert targets == [200, 200, 50]
