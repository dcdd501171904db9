"""An AWS that is slow, busy, late or says no: a clear refusal or a clean undo, and live served all the time."""

import pytest

from paas import traffic
from paas.errors import Forbidden, PaasError, Refused, Unavailable
from paas.traffic import Order, Undone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(params=["classic", "target_group", "weighted"])
def world(request, make):
    """paasB's servers are up; live is watched at every call that changes something."""
    world = make(kind=request.param, looked_at="writes", settings={"lease_seconds": 30})
    world.ready()
    yield world
    assert world.watched.shortages == []


def rule(world, **rule):
    world.control("POST", "rules", rule)


def whole_again(world):
    world.control("DELETE", "rules")
    world.control("DELETE", "returners")


def test_describes_from_a_small_bucket_slow_it_down_and_no_more(world):
    rule(world, service="elb*", action="Describe*", effect={"throttle": {"rate": 5, "burst": 3}})
    with Patience(world):
        world.traffic().cutover("paasB", Order())
    whole_again(world)
    assert (world.live(), world.live("prelive")) == (world.b, world.a)


def test_writes_that_are_throttled_for_a_while_are_sent_again(world):
    actions = "Modify*" if world.built.listeners else "*InstancesWithLoadBalancer"
    if not world.built.listeners and world.built.names["live"].startswith("arn:"):
        actions = "RegisterTargets"
    rule(world, service="elb*", action=actions, times=2, effect={"error": "Throttling"})
    world.traffic().cutover("paasB", Order())
    assert world.live() == world.b


@pytest.mark.parametrize("world", ["classic"], indirect=True)
def test_an_answer_that_never_comes_is_not_waited_for_for_ever(world, region):
    world.watched._inner = region.connect(timeout=0.5)
    rule(world, service="ec2", action="DescribeInstances", effect={"hang": 30})
    with pytest.raises(Unavailable, match=r"AWS ec2, asked to describe_instances tags KubernetesCluster=paasA"):
        world.traffic().cutover("paasB", Order())
    assert world.live() == world.a


def test_an_answer_that_was_lost_on_its_way_back_does_no_harm(world):
    for service in ("s3", "elb*", "autoscaling"):
        rule(world, service=service, action="[!DGLH]*", times=1, effect={"reset": "after"})
    rule(world, service="elb*", action="Deregister*", times=1, effect={"reset": "after"})
    world.traffic().cutover("paasB", Order())
    assert (world.live(), world.live("prelive")) == (world.b, world.a)


def test_what_is_denied_on_the_way_is_undone(world):
    action = "Modify*" if world.built.listeners else "Register*"
    rule(world, service="elb*", action=action, times=1, effect={"error": "AccessDenied"})
    with pytest.raises(Undone, match=r"AccessDenied.*everything is as it was before"):
        world.traffic().cutover("paasB", Order())
    assert world.live() == world.a


@pytest.mark.parametrize("world", ["classic"], indirect=True)
def test_a_bucket_that_is_denied_ends_it_before_anything_is_touched(world):
    rule(world, service="s3", action="PutObject", effect={"error": "AccessDenied"})
    world.control("DELETE", "calls")
    with pytest.raises(Forbidden, match=r"s3.*AccessDenied"):
        world.traffic().cutover("paasB", Order())
    assert {call["action"] for call in world.control("GET", "calls?writing=1")} == {"PutObject"}


def test_servers_that_never_get_healthy_are_taken_away_again(world):
    world.built.settings["health_timeout"] = 2
    words = "Instance has failed its checks." if not world.live_is_newer else "Health checks failed with code 503"
    state = "unhealthy" if world.live_is_newer else "OutOfService"
    for server in world.b:
        world.control("POST", "health", {"target": server, "timeline": [{"state": state, "description": words}]})
    with world.client() as client, pytest.raises(Undone, match=f"0 of 2 servers are healthy.*{words}"):
        world.traffic().cutover("paasB", Order())
    assert client.errors == []
    assert world.live() == world.a


@pytest.mark.parametrize("world", ["classic", "weighted"], indirect=True)
def test_a_describe_that_lags_by_seconds_does_no_harm(world):
    world.traffic().stage("paasB", Order())
    world.built.settings["poll_seconds"] = 0.2
    rule(world, service="elb*", action="Describe*Health", effect={"lag": 1.0})
    world.traffic().cutover("paasB", Order())
    whole_again(world)
    assert (world.live(), world.live("prelive")) == (world.b, world.a)


@pytest.mark.parametrize("world", ["target_group"], indirect=True)
def test_servers_that_come_back_once_are_taken_away_again(world):
    world.control("POST", "returners", {"target": min(world.a), "seconds": 0.1, "times": 1})
    world.control("PUT", "delays", {"draining": 1})
    world.traffic().cutover("paasB", Order())
    assert (world.live(), world.live("prelive")) == (world.b, world.a)


@pytest.mark.parametrize("world", ["classic", "target_group"], indirect=True)
def test_servers_that_something_keeps_putting_back_end_in_an_undo(world):
    for server in world.a:
        world.control("POST", "returners", {"target": server, "seconds": 0.1})
    world.control("PUT", "delays", {"draining": 1})
    with pytest.raises(Undone, match=r"does not settle after 3 rounds.*Something puts servers back"):
        world.traffic().cutover("paasB", Order())
    assert world.live() == world.a


@pytest.mark.parametrize("world", ["classic"], indirect=True)
def test_a_second_operator_is_refused_while_the_first_waits(world):
    world.built.settings["health_timeout"] = 20
    for server in world.b:
        world.backends.of[server].ready = False
    refused = []

    def another(line):
        if "healthy," in line and not refused:
            try:
                world.traffic().cutover("paasB", Order())
            except Refused as error:
                refused.append(str(error))
                world.ready()

    traffic.connect(world.watched, world.settings, say=another).cutover("paasB", Order())
    assert "is running; its last sign of life was" in refused[0]
    assert world.live() == world.b


def test_a_role_that_lost_its_load_balancer_is_refused_by_name(world):
    world.built.settings["roles"]["ingress"]["live"] = {"classic": "ingress-gone"}
    if world.built.listeners:
        world.built.settings["roles"]["ingress"]["live"] = {"listener": world.built.listeners["live"] + "0"}
    with pytest.raises(PaasError, match=rf"config `traffic\.{world.name}\.roles\.ingress\.live"):
        world.traffic().cutover("paasB", Order())


class Patience:
    """The promise is kept by the code under test; the test's own looks would only empty the bucket."""

    def __init__(self, world):
        self._world = world

    def __enter__(self):
        self._minimum, self._world.minimum = self._world.minimum, 0
        self._live, self._world.live = self._world.live, lambda side="live": set()

    def __exit__(self, *_):
        self._world.minimum, self._world.live = self._minimum, self._live
