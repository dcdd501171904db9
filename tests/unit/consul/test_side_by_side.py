"""Chains of transactions side by side: how many at once, in which order, and what a failure leaves."""

import json
from types import SimpleNamespace

import pytest

from paas.consul.sync.side_by_side import side_by_side
from paas.consul.transactions import Limits, Outcome, TooMuch, delete_cas
from paas.consul.wire import Answer
from paas.errors import Unavailable


class FakeWire:
    """Notes what is sent and answered; a transaction about `large` is above the limit, one about `down` unanswered."""

    profile = "b"

    def __init__(self):
        self.events = []
        self.open = self.most = 0

    def begin(self, method, path, *, target, **_):
        self.events.append(f"sent {target}")
        self.open += 1
        self.most = max(self.most, self.open)
        return SimpleNamespace(answer=lambda: self.answer(target), abandon=lambda: self.end(f"abandoned {target}"))

    def end(self, event):
        self.events.append(event)
        self.open -= 1

    def answer(self, target):
        self.end(f"answered {target}")
        if target == "down":
            raise Unavailable(system="Consul b", operation="write", target=target, words="gone")
        if target == "large":
            return Answer(413, {}, b"Transaction contains too many operations (3 > 2)")
        return Answer(200, {}, json.dumps({"Results": None}).encode())


def chain_of(*targets, seen=None):
    for target in targets:
        try:
            result = yield [delete_cas("k", index=1)] * 3, target
        except TooMuch as problem:
            result = problem
        if seen is not None:
            seen.append((target, type(result)))


@pytest.fixture
def wire():
    return FakeWire()


def work(wire, chains, *, at_once=2):
    side_by_side(chains, wire, at_once=at_once, limits=Limits())


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_no_more_are_under_way_than_may_be(wire, at_once):
    work(wire, [chain_of(f"{number}a", f"{number}b") for number in range(4)], at_once=at_once)
    assert (wire.most, wire.open) == (min(at_once, 4), 0)
    assert len(wire.events) == 16


def test_the_transactions_of_a_chain_follow_one_another(wire):
    work(wire, [chain_of("1a", "1b"), chain_of("2a")])
    assert wire.events.index("answered 1a") < wire.events.index("sent 1b")


def test_a_chain_is_asked_for_when_there_is_work_for_it(wire):
    def chains():
        for number in range(3):
            wire.events.append(f"asked {number}")
            yield chain_of(str(number))

    work(wire, chains(), at_once=1)
    assert wire.events.index("sent 0") < wire.events.index("asked 1") < wire.events.index("sent 1")


def test_a_chain_without_transactions_is_nothing(wire):
    work(wire, [chain_of(), chain_of("1"), chain_of()])
    assert wire.events == ["sent 1", "answered 1"]


def test_a_chain_is_told_what_became_of_each(wire):
    seen = []
    work(wire, [chain_of("large", "1", seen=seen)])
    assert seen == [("large", TooMuch), ("1", Outcome)]


def test_what_is_under_way_when_one_fails_is_abandoned(wire):
    with pytest.raises(Unavailable):
        work(wire, [chain_of("down"), chain_of("2"), chain_of("3")])
    assert (wire.open, wire.events[-1]) == (0, "abandoned 2")


def test_nothing_is_sent_after_a_chain_failed(wire):
    def failing():
        yield from chain_of("1")
        raise LookupError

    with pytest.raises(LookupError):
        work(wire, [failing(), chain_of("2"), chain_of("3"), chain_of("4")])
    assert "sent 4" not in wire.events
    assert wire.open == 0


def test_several_that_are_above_a_limit_correct_it_once(wire):
    limits = Limits()
    side_by_side([chain_of("large") for _ in range(5)], wire, at_once=5, limits=limits)
    assert limits.operations == 2
