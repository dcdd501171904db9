"""One look proves nothing: a describe may be answered by a copy of AWS's books that lags."""

import pytest

from paas.errors import Unavailable
from paas.settings import EnvironmentSettings
from paas.settings.reading import read
from paas.traffic.steps import Wait
from paas.traffic.views import Member, PoolView
from paas.traffic.watching import CameBack, NotHealthy, StillDraining, Watcher
from tests.unit.traffic.fake_aws import Clock, refusal
from tests.unit.traffic.scenes import Scene

BOTH = frozenset({"i-1", "i-2"})


class Looks:
    """What each look shows, the last one for ever; `h` healthy, `s` starting, `d` draining, `-` not there."""

    def __init__(self, *shown, **settings):
        self.clock = Clock()
        self.shown = list(shown)
        self.count = 0
        config = {**Scene("classic")._config(), "poll_seconds": 10, "health_timeout": 100, "drain_timeout": 100}
        environment = read(EnvironmentSettings, {**config, **settings, "name": "prd"}, "traffic.prd")
        self.watcher = Watcher(environment, self.clock.pace(), alive=lambda: None, say=lambda line: None)

    def read(self):
        shown = self.shown[min(self.count, len(self.shown) - 1)]
        self.count += 1
        if isinstance(shown, Exception):
            raise shown
        health = {"h": "healthy", "s": "starting", "d": "draining"}
        members = {f"i-{n}": Member(f"i-{n}", health[each]) for n, each in enumerate(shown, 1) if each != "-"}
        return PoolView("live", "live", members)

    def wait(self, until="healthy", **more):
        self.watcher.wait(Wait(until, "live", BOTH, **more), self.read)
        return self.count


def test_health_must_show_twice_in_a_row():
    assert Looks("hh", "ss", "hh", "hh").wait(needed=2) == 4


def test_enough_are_enough():
    assert Looks("hs", "hs").wait(needed=1) == 2


def test_it_must_last_for_as_long_as_it_bakes():
    assert Looks("hh").wait(needed=2, seconds=60) == 7


def test_one_bad_look_while_it_bakes_is_forgiven_and_two_are_not():
    assert Looks("hh", "hh", "hs", "hh", "hh").wait(needed=2, seconds=40) == 5
    with pytest.raises(NotHealthy, match="did not stay healthy for 40 s"):
        Looks("hh", "hh", "hs", "hs", "hh").wait(needed=2, seconds=40)


def test_what_was_proven_before_and_fails_is_found_out_in_two_looks():
    looks = Looks("ss")
    with pytest.raises(NotHealthy):
        looks.wait(needed=2, seconds=60, proven=True)
    assert looks.count == 2


def test_a_busy_aws_is_asked_again_and_costs_no_look():
    busy = refusal(Unavailable, "elb", "Throttling: Rate exceeded")
    assert Looks(busy, busy, "hh", busy, "hh").wait(needed=2) == 5


def test_an_aws_that_stays_busy_is_given_up_after_five_minutes():
    looks = Looks(refusal(Unavailable, "elb", "Throttling: Rate exceeded"))
    begun = looks.clock.seconds
    with pytest.raises(Unavailable):
        looks.wait(needed=2)
    assert looks.clock.seconds - begun <= 300


def test_gone_is_neither_registered_nor_draining():
    assert Looks("hh", "dd", "d-", "--").wait("gone") == 4


def test_what_was_gone_and_is_there_again_came_back():
    with pytest.raises(CameBack, match="i-1 is registered again"):
        Looks("dd", "hd").wait("gone")


def test_what_never_goes_is_still_there():
    with pytest.raises(CameBack, match="i-1, i-2 is still registered 100 s after deregistering"):
        Looks("hh").wait("gone")


def test_what_drains_for_too_long_says_so():
    with pytest.raises(StillDraining, match="i-2 still drains after 100 s"):
        Looks("-d").wait("gone")
