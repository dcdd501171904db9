import pytest

from tests.unit.traffic.scenes import Killed, Scene

ADDING = {"kubernetes-ingress-prd-a": True, "kubernetes-ingress-prd-b": True}


@pytest.fixture(params=["classic", "target_group"])
def scene(request):
    """Both clusters' servers come from autoscaling groups that are attached to their side."""
    scene = Scene(request.param, groups=True)
    yield scene
    assert scene.shortages == []


def test_the_groups_follow_their_servers(scene):
    scene.cutover("paasB")
    assert scene.attached() == {"kubernetes-ingress-prd-a": {"prelive"}, "kubernetes-ingress-prd-b": {"live"}}
    assert scene.adding() == ADDING


def test_a_group_does_not_put_back_what_has_left(scene):
    scene.aws.seconds_to_drain = 60  # the group insists all the while
    scene.cutover("paasB")
    scene.clock.sleep(600)
    assert scene.sides() == (scene.b, scene.a)


def test_what_goes_with_its_group_is_not_deregistered_once_more(scene):
    scene.cutover("paasB")
    assert [operation for _, operation, _ in scene.aws.writes if operation.startswith("deregister")] == []
    assert [operation for _, operation, _ in scene.aws.writes if operation.startswith("detach")] != []


def test_what_is_suspended_is_written_down_before_it_is(scene):
    written = []

    def look(service, operation, request):
        if operation == "suspend_processes":
            written.append((request["AutoScalingGroupName"], scene.journal()["suspended"]))

    scene.aws.before.append(look)
    scene.cutover("paasB")
    assert {group for group, _ in written} == set(ADDING)
    assert all(group in suspended for group, suspended in written)
    assert scene.journal()["suspended"] == []


def test_a_group_that_somebody_else_has_suspended_stays_so(scene):
    scene.aws.groups["kubernetes-ingress-prd-a"]["suspended"] = {"AddToLoadBalancer"}
    scene.cutover("paasB")
    assert scene.adding() == {**ADDING, "kubernetes-ingress-prd-a": False}


def test_a_group_that_a_dead_run_left_suspended_is_resumed_even_if_its_servers_are_gone(scene):
    scene.aws.seconds_to_health = 60
    scene.aws.before.append(lambda service, operation, request: die_at(operation, "register"))

    def die_at(operation, prefix):
        if operation.startswith(prefix):
            scene.aws.before.pop()
            raise Killed

    with pytest.raises(Killed):
        scene.cutover("paasB")
    assert scene.adding() == dict.fromkeys(ADDING, False)
    for each in scene.b:
        scene.aws.terminate(each)
    scene.lease_ends()
    scene.switch_back()
    assert scene.adding() == ADDING


def test_servers_that_the_group_launches_meanwhile_go_live_too(scene):
    def launch(service, operation, request):
        if operation.startswith("register") and "i-b9" not in scene.aws.instances:
            tags = {"KubernetesCluster": "paasB", "role": "ingress"}
            scene.aws.launch("i-b9", group="kubernetes-ingress-prd-b", **tags)

    scene.aws.after.append(launch)
    scene.cutover("paasB")
    assert scene.behind("live") == {*scene.b, "i-b9"}


def test_a_group_by_name_is_attached_even_where_it_was_not(scene):
    scene.aws.groups["kubernetes-ingress-prd-b"]["attached"].clear()
    roles = {
        "ingress": {
            side: {scene.kind: f"ingress-{side}"} for side in ("live", "prelive")
        }
        | {"servers": {"paasB": {"autoscaling_groups": ["kubernetes-ingress-prd-b"]}}}
    }  # fmt: skip
    scene.settings = Scene(scene.kind, groups=True, roles=roles).settings
    scene.cutover("paasB")
    assert scene.attached()["kubernetes-ingress-prd-b"] == {"live"}


def test_a_group_that_is_attached_to_neither_side_is_left_alone(scene):
    scene.aws.groups["kubernetes-ingress-prd-b"]["attached"].clear()
    scene.cutover("paasB")
    assert scene.attached()["kubernetes-ingress-prd-b"] == set()
    assert scene.sides() == (scene.b, scene.a)


def test_a_group_of_several_roles_is_held_once(scene):
    roles = {
        role: {side: {scene.kind: f"{role}-{side}"} for side in ("live", "prelive")} for role in ("ingress", "tls")
    }
    prefix = scene.pool["live"].removesuffix("ingress-live")
    for side, ids in (("live", scene.a), ("prelive", scene.b)):
        scene.aws.pools[f"{prefix}tls-{side}"] = {}
        scene.aws.put_behind(f"{prefix}tls-{side}", *ids)
    scene.settings = Scene(
        scene.kind, groups=True, roles=roles, server_tags={"KubernetesCluster": "{cluster}"}
    ).settings
    scene.aws.groups["kubernetes-ingress-prd-a"]["attached"].add(f"{prefix}tls-live")
    scene.cutover("paasB")
    suspended = [request["AutoScalingGroupName"] for _, name, request in scene.aws.calls if name == "suspend_processes"]
    assert sorted(suspended) == sorted(ADDING)
    assert set(scene.aws.pools[f"{prefix}tls-live"]) == scene.b
