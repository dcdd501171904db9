"""A role that forwards by weight: step by step, one atomic call each, the rest of the listener as it was."""

import pytest

from paas.traffic import Options, Undone
from tests.unit.traffic.scenes import LISTENERS, Killed, Scene


@pytest.fixture
def scene():
    scene = Scene("weighted")
    yield scene
    assert scene.shortages == []


def shifts(scene):
    """The weights of live one after the other, as (paasA, paasB)."""
    found = []
    for _, operation, request in scene.aws.writes:
        if operation == "modify_listener" and request["ListenerArn"] == LISTENERS["live"]:
            listed = request["DefaultActions"][-1]["ForwardConfig"]["TargetGroups"]
            found.append(tuple(each["Weight"] for each in sorted(listed, key=lambda each: each["TargetGroupArn"])))
    return found


def test_without_steps_a_switch_is_one_call_and_so_is_its_undo(scene):
    scene.cutover("paasB")
    scene.switch_back()
    assert shifts(scene) == [(0, 100), (100, 0)]


def test_steps_are_taken_one_after_the_other(scene):
    scene.cutover("paasB", options=Options(steps=(10, 50)))
    assert shifts(scene) == [(90, 10), (50, 50), (0, 100)]


def test_each_step_bakes(scene):
    times = []
    scene.aws.before.append(
        lambda service, operation, request: times.append(scene.clock.seconds) if operation == "modify_listener" else 0
    )
    scene.cutover("paasB", options=Options(steps=(10, 50, 100), bake_seconds=60))
    assert times[1] - times[0] >= 60
    assert times[2] - times[1] >= 60


def test_servers_that_fail_in_a_step_give_everything_back_in_one_call(scene):
    scene.clock.passing.append(lambda: scene.aws.sick.add("i-b1") if scene.weights("live").get("paasB") == 50 else None)
    with pytest.raises(Undone, match="did not stay healthy"):
        scene.cutover("paasB", options=Options(steps=(10, 50, 100), bake_seconds=60), min_healthy="100%")
    assert shifts(scene) == [(90, 10), (50, 50), (100,)]
    assert scene.weights("live") == {"paasA": 100}


def test_a_run_that_died_between_two_steps_goes_on_with_the_next(scene):
    def die(service, operation, request):
        if operation == "modify_listener" and scene.weights("live").get("paasB") == 10:
            scene.aws.after.remove(die)
            raise Killed

    scene.aws.after.append(die)
    with pytest.raises(Killed):
        scene.cutover("paasB", options=Options(steps=(10, 50, 100)))
    scene.lease_ends()
    scene.cutover("paasB", options=Options(steps=(10, 50, 100)))
    assert shifts(scene) == [(90, 10), (50, 50), (0, 100)]


def test_sign_in_stickiness_and_whatever_else_stays(scene):
    oidc = {"Issuer": "https://keycloak.example.com", "ClientId": "paas"}
    scene.aws.listeners[LISTENERS["live"]] = [
        {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc},
        {
            "Type": "forward",
            "Order": 2,
            "TargetGroupArn": scene.pool["paasA"],
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": scene.pool["paasA"], "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
            },
        },
    ]
    scene.cutover("paasB")
    sign_in, forward = scene.aws.listeners[LISTENERS["live"]]
    assert sign_in["AuthenticateOidcConfig"] == {**oidc, "UseExistingClientSecret": True}
    assert (forward["Order"], forward["ForwardConfig"]["TargetGroupStickinessConfig"]["Enabled"]) == (2, True)
    assert "TargetGroupArn" not in forward


def test_a_group_that_nothing_forwards_to_is_listed_with_nothing_first_so_that_aws_checks_it(scene):
    scene.aws.listeners[LISTENERS["prelive"]] = [{"Type": "forward", "TargetGroupArn": scene.pool["paasA"]}]
    scene.cutover("paasB")
    assert shifts(scene) == [(100, 0), (0, 100)]


def test_a_rule_of_a_listener_is_changed_as_a_listener_is():
    roles = Scene("weighted")._config()["roles"]
    roles["ingress"] |= {side: {"rule": arn} for side, arn in LISTENERS.items()}
    scene = Scene("weighted", roles=roles)
    scene.cutover("paasB")
    assert scene.weights("live") == {"paasB": 100}
    assert {operation for _, operation, _ in scene.aws.writes} == {"modify_rule", "put_object"}


def test_servers_that_left_the_cluster_leave_its_group_last(scene):
    del scene.aws.instances["i-b3"]["tags"]["role"]
    scene.aws.instances["i-b3"]["tags"]["KubernetesCluster"] = "retired"
    scene.aws.sick.add("i-b3")
    scene.cutover("paasB")
    assert scene.weights("live") == {"paasB": 100}
