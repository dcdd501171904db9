"""What goes wrong on the way is undone by itself while live has not moved, and named and gone on with once it has."""

import pytest

from paas.errors import Forbidden, PaasError, ServerError, Unavailable
from paas.traffic import Options, Undone
from tests.unit.traffic.fake_aws import refusal
from tests.unit.traffic.scenes import Scene


def busy(scene, *, operation, times):
    left = [times]

    def throttle(service, name, request):
        if name.startswith(operation) and left[0]:
            left[0] -= 1
            raise refusal(Unavailable, service, "Throttling: Rate exceeded")

    scene.aws.before.append(throttle)


def test_new_servers_that_never_get_healthy_are_taken_away_again(kind):
    scene = Scene(kind, staged=False, groups=True)
    scene.aws.sick.add("i-b2")
    with pytest.raises(Undone, match=r"2 of 3 servers are healthy, 3 are needed.*i-b2 is .*Undone: everything"):
        scene.cutover("paasB")
    assert scene.behind("live") == scene.a
    assert scene.journal()["state"] == "undone"
    assert all(scene.adding().values())
    assert scene.shortages == []


def test_a_staged_cluster_that_never_gets_healthy_leaves_prelive_as_it_was(kind):
    scene = Scene(kind, staged=False)
    scene.aws.sick |= scene.b
    prelive = scene.behind("prelive")
    with pytest.raises(Undone, match="0 of 3 servers are healthy"):
        scene.stage("paasB")
    assert scene.behind("prelive") == prelive


def test_waiting_for_health_is_bounded(kind):
    scene = Scene(kind, staged=False, health_timeout=100)
    scene.aws.sick |= scene.b
    begun = scene.clock.seconds
    with pytest.raises(Undone, match="not healthy after 10"):
        scene.cutover("paasB")
    assert scene.clock.seconds - begun < 200


def test_a_busy_aws_is_waited_for(scene):
    busy(scene, operation="describe", times=8)
    scene.clock.sleep(1)
    with pytest.raises(Unavailable):
        scene.cutover("paasB")  # nothing is held yet: the first look is not worth waiting for
    scene.aws.before.pop()
    scene.aws.before.append(scene.check)
    busy(scene, operation=("register", "deregister", "modify"), times=4)
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


def test_an_aws_that_stays_busy_stops_the_run_where_it_is_and_it_is_gone_on_with(scene):
    busy(scene, operation=("deregister", "modify"), times=1000)
    with pytest.raises(Unavailable, match="Throttling"):
        scene.cutover("paasB")
    assert scene.journal()["state"] == "stopped"
    assert "Throttling" in scene.journal()["problem"]
    scene.aws.before.pop()
    scene.cutover("paasB")  # at once: the lock was given back
    assert scene.sides() == (scene.b, scene.a)


def test_what_is_denied_before_live_has_moved_is_undone(scene):
    def deny(service, operation, request):
        if operation.startswith(("register", "modify")):
            scene.aws.before.remove(deny)
            raise refusal(Forbidden, service, "AccessDenied: not authorized", 403)

    if scene.kind != "weighted":
        for pool in (scene.pool["prelive"],):
            scene.aws.pools[pool].clear()
    scene.aws.before.append(deny)
    with pytest.raises(Undone, match="AccessDenied"):
        scene.cutover("paasB")
    assert scene.behind("live") == scene.a


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_what_is_denied_after_live_has_moved_is_named_and_gone_on_with(kind):
    scene = Scene(kind)

    def deny(service, operation, request):
        if operation.startswith("register") and "i-a1" in str(request):
            raise refusal(Forbidden, service, "AccessDenied: not authorized", 403)

    scene.aws.before.append(deny)
    with pytest.raises(Forbidden):
        scene.cutover("paasB")
    assert scene.behind("live") == scene.b
    assert (scene.journal()["state"], scene.journal()["phase"]) == ("stopped", "park")
    assert "phase park" in scene.status()["message"]
    scene.aws.before.remove(deny)
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_servers_that_somebody_keeps_putting_back_end_in_an_undo(kind):
    scene = Scene(kind)
    scene.aws.seconds_to_drain = 30
    scene.clock.passing.append(lambda: [scene.aws._register(scene.pool["live"], each) for each in scene.a])
    with pytest.raises(Undone, match=r"does not settle after 3 rounds.*registered again.*Something puts servers back"):
        scene.cutover("paasB")
    assert scene.behind("live") == scene.a
    assert scene.shortages == []


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_servers_that_come_back_once_are_taken_away_again(kind):
    scene = Scene(kind)
    scene.aws.seconds_to_drain = 30
    once = []

    def put_back():
        if not scene.a & set(scene.aws.pools[scene.pool["live"]]) and not once:
            once.append(True)
            scene.aws._register(scene.pool["live"], "i-a1")

    scene.clock.passing.append(put_back)
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_draining_that_takes_too_long_is_gone_on_with_and_not_undone(kind):
    scene = Scene(kind, drain_timeout=50)
    scene.aws.seconds_to_drain = 200
    with pytest.raises(PaasError, match=r"still drains after .* raise drain_timeout, or go on"):
        scene.cutover("paasB")
    assert scene.behind("live") == scene.b
    scene.clock.sleep(200)
    scene.cutover("paasB")
    assert scene.sides() == (scene.b, scene.a)


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_a_server_that_fails_while_it_bakes_ends_in_an_undo(kind):
    scene = Scene(kind)
    begun = scene.clock.seconds

    def sicken():
        if scene.clock.seconds - begun > 60:
            scene.aws.sick.add("i-b1")

    scene.clock.passing.append(sicken)
    with pytest.raises(Undone, match="did not stay healthy for 120 s"):
        scene.cutover("paasB", options=Options(bake_seconds=120))
    assert scene.behind("live") == scene.a


def test_an_undo_that_fails_too_says_both_and_is_gone_on_with(kind):
    scene = Scene(kind, staged=False)
    scene.aws.sick |= scene.b

    def deny(service, operation, request):
        if operation.startswith("deregister"):
            raise refusal(Forbidden, service, "AccessDenied: not authorized", 403)

    scene.aws.before.append(deny)
    with pytest.raises(PaasError, match=r"0 of 3 servers.*Undoing it failed too.*AccessDenied.*switch_back"):
        scene.cutover("paasB")
    assert scene.journal()["state"] == "stopped"
    scene.aws.before.remove(deny)
    scene.switch_back()
    assert scene.behind("live") == scene.a
    assert scene.shortages == []


def test_a_describe_that_lags_does_no_harm(scene):
    """Health and membership as they were ten seconds ago."""
    lagging(scene, seconds=10)
    scene.aws.seconds_to_health = 20
    scene.cutover("paasB")
    scene.clock.sleep(60)
    assert scene.sides() == (scene.b, scene.a)
    scene.switch_back()
    scene.clock.sleep(60)
    assert scene.sides() == (scene.a, scene.b)


def lagging(scene, *, seconds):
    past = []
    for name in ("_describe_instance_health", "_describe_target_health"):
        describe = getattr(scene.aws, name)

        def late(describe=describe, **request):
            key = tuple(request.values())
            past.append((scene.clock.seconds, key, describe(**request)))
            old = [answer for at, asked, answer in past if asked == key and at <= scene.clock.seconds - seconds]
            return old[-1] if old else next(answer for _, asked, answer in past if asked == key)

        setattr(scene.aws, name, late)


@pytest.mark.parametrize("kind", ["classic", "target_group"])
def test_a_server_that_is_terminated_as_it_is_to_join_is_looked_for_again(kind):
    scene = Scene(kind, staged=False)

    def vanish(service, operation, request):
        if operation.startswith("register") and "i-b3" in scene.aws.instances:
            scene.aws.terminate("i-b3")
            raise refusal(ServerError, service, "InvalidInstance: Could not find EC2 instance i-b3.")

    scene.aws.before.append(vanish)
    scene.cutover("paasB")
    assert scene.behind("live") == {"i-b1", "i-b2"}
    assert scene.shortages == []
