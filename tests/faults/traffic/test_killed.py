"""`kill -9` after every writing call: the next run goes on or undoes it, and live is served all the time."""

import pytest

from paas.traffic import Order, status

KINDS = [
    pytest.param({"kind": "classic", "groups": True}, id="classic with autoscaling groups"),
    pytest.param({"kind": "target_group"}, id="target groups"),
    pytest.param({"kind": "weighted"}, id="weighted forward"),
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(params=KINDS)
def world(request, make):
    """paasB waits behind pre-live, and everything is ready for a cutover either way."""
    world = make(**request.param, looked_at="writes", settings={"lease_seconds": 600, "poll_seconds": 0.02})
    world.ready()
    world.staged_with_its_group()
    return world


def other(cluster):
    return {"paasA": "paasB", "paasB": "paasA"}[cluster]


def writing_calls(world, cluster):
    return len(world.traffic().cutover(cluster, Order(), dry_run=True)["calls"])


def test_a_cutover_killed_after_any_writing_call_is_undone_or_gone_on_with(world, operators):
    """Undone and gone on with by turns, there and on the way back; tests/unit/traffic does both after each call."""
    to, number = "paasB", 0
    with world.client() as client:
        # After the last call nothing is left to do.
        while (number := number + 1) < writing_calls(world, to):
            before = world.where_everything_is()
            operators.one_dies(world.given, "cutover", to, number=number)
            world.a_day_passes()
            if number % 2:
                undone = world.traffic().switch_back(Order())
                assert f"the cutover of {to}" in undone["undoes"]
                assert (number, world.where_everything_is()) == (number, before)
            else:
                assert "went on with the cutover" in world.traffic().cutover(to, Order())["message"]
                assert (number, world.where_everything_is()) == (number, world.turned(before))
                to = other(to)
    assert client.errors == []
    assert world.watched.shortages == []
    assert number > 6


def test_a_switch_back_killed_on_its_way_is_gone_on_with(world, operators):
    before = world.where_everything_is()
    with world.client() as client:
        for number in (2, 5):
            world.traffic().cutover("paasB", Order())
            operators.one_dies(world.given, "switch_back", number=number)
            world.a_day_passes()
            world.traffic().switch_back(Order())
            assert (number, world.where_everything_is()) == (number, before)
    assert client.errors == []
    assert world.watched.shortages == []


def test_until_somebody_goes_on_the_half_state_has_a_name(world, operators):
    number = writing_calls(world, "paasB") // 2 + 1
    operators.one_dies(world.given, "cutover", "paasB", number=number, before=True)
    world.a_day_passes()
    shown = status(world.traffic())
    assert shown["run"]["state"] == "running"
    assert shown["run"]["phase"]
    assert "the cutover of paasB" in shown["message"]
    assert "last sign of life 24 h ago" in shown["message"]
    assert world.live()
