"""A minute of what `python -m tests.faults.watch.soak` does for an hour, and the judge on trial."""

import pytest

from tests.faults.watch.soak import Soak
from tests.faults.watch.truth import Gap, Life, Moment, Told, judge

SECONDS = 60


@pytest.mark.real
@pytest.mark.slow
def test_through_a_minute_of_faults_the_watch_tells_exactly_what_it_promises(tmp_path):
    soak = Soak(tmp_path, seed=7)
    try:
        soak.run(SECONDS)
        wrong = soak.verdict()
        print(soak.summary())
    finally:
        soak.close()
    assert len(soak.faults) >= 3
    assert wrong == []


LIVES = {
    "u1": Life("a", {"1": Moment(10, 10), "2": Moment(20, 20)}),
    "u2": Life("b", {"3": Moment(30, 30)}, deleted=Moment(40, 40)),
}
GOOD = [
    Told("ADDED", "u1", "1", 10.1),
    Told("MODIFIED", "u1", "2", 20.1),
    Told("ADDED", "u2", "3", 30.1),
    Told("DELETED", "u2", "4", 40.1),
]


def verdict(told, gaps=()):
    return judge(LIVES, told, list(gaps), save_every=5)


def test_the_judge_finds_nothing_in_what_is_right():
    assert verdict(GOOD) == []


@pytest.mark.parametrize("lost", range(len(GOOD)))
def test_the_judge_finds_each_event_that_is_missing(lost):
    assert verdict([event for index, event in enumerate(GOOD) if index != lost])


@pytest.mark.parametrize("index", range(len(GOOD)))
def test_the_judge_finds_each_event_that_is_told_again(index):
    assert verdict([*GOOD[: index + 1], *GOOD[index:]])


def test_the_judge_allows_again_what_a_kill_had_not_saved():
    assert verdict([*GOOD, Told("DELETED", "u2", "4", 44)], [Gap(41, 44, kill=42)]) == []


def test_the_judge_does_not_allow_again_what_had_long_been_saved():
    assert verdict([*GOOD, Told("DELETED", "u2", "4", 64)], [Gap(61, 64, kill=62)])


def test_the_judge_finds_a_phantom():
    assert verdict([*GOOD, Told("ADDED", "u3", "9", 50)])


def test_the_judge_allows_a_change_lost_in_a_gap():
    told = [Told("ADDED", "u1", "2", 20.1), *GOOD[2:]]
    assert verdict(told, [Gap(9, 20)]) == []
    assert verdict(told)
