"""Through a whole cutover and a switch back, a client of live sees no error, and live is never short of servers."""

import pytest

from paas.traffic import Options, Order, status

KINDS = [
    pytest.param({"kind": "classic"}, id="classic"),
    pytest.param({"kind": "classic", "groups": True}, id="classic with autoscaling groups"),
    pytest.param({"kind": "target_group", "groups": True}, id="target groups with autoscaling groups"),
    pytest.param({"kind": "weighted"}, id="weighted forward"),
]


@pytest.fixture(params=KINDS)
def world(request, make):
    return make(**request.param)


def test_a_client_of_live_sees_no_error_through_cutover_and_switch_back(world):
    world.control("PUT", "delays", {"registering": 0.6, "draining": 0.8})
    world.control("POST", "clock", {"advance": 60})  # paasA has been live for long
    world.minimum = len(world.a)
    world.ready(after=0.5)
    options = Options(steps=(10, 50, 100), bake_seconds=0.3) if world.built.listeners else Options()
    with world.client() as client:
        world.traffic().stage("paasB", Order())
        assert world.live() == world.a
        world.traffic().cutover("paasB", Order(options=options))
        assert (world.live(), status(world.traffic())["prelive"]) == (world.b, "paasA")
        world.traffic().switch_back(Order())
        assert (world.live(), status(world.traffic())["prelive"]) == (world.a, "paasB")
    assert client.errors == []
    assert world.watched.shortages == []
    assert set(client.answers) == world.a | world.b
    assert not world.built.groups or world.adding()
