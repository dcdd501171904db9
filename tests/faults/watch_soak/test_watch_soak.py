"""Half a minute of writes and faults; and that the check of the promise finds what breaks it."""

from __future__ import annotations

import os

import pytest

from tests.faults.watch_soak.promise import Gap, Life, Told, judge
from tests.faults.watch_soak.soak import run

KIND = "real" if os.environ.get("PAAS_REAL") == "1" else "stand-in"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_half_a_minute_of_faults_breaks_no_promise(tmp_path, capsys):
    report = run(KIND, tmp_path, seconds=30, seed=20, pause=5)
    with capsys.disabled():
        print(f"\n{report.as_json()}")

    assert report.violations == []
    assert report.writes > 250
    assert len(report.faults) >= 3
    assert report.sensor_mb < 150


def life(*versions: int, gone: float | None = None) -> Life:
    """Versions at the second of their number."""
    return Life("a", "u", [(str(version), float(version)) for version in versions], gone)


def told(*events: str, process: int = 1) -> list[Told]:
    """`ADDED 1`, told half a second after its version; a DELETED names the version told before, and when."""
    found, since = [], ""
    for event in events:
        kind, version, *at = event.split()
        since = version if kind == "ADDED" else since
        when = float(at[0]) if at else float(version) + 0.5
        identity = since if kind == "DELETED" else version
        found.append(Told(kind, "u", version, f"u.{identity}.{kind}", process, when))
    return found


KILLED = Gap(100, 110, killed=True)
QUIET = Gap(100, 110)


@pytest.mark.parametrize(
    ("lived", "events", "gaps"),
    [
        (life(1, 2), told("ADDED 1", "MODIFIED 2"), []),
        (life(1, 2, gone=3), told("ADDED 1", "MODIFIED 2", "DELETED 2 3.5"), []),
        (life(1, 104, 105, gone=None), told("ADDED 1", "MODIFIED 105"), [QUIET]),
        (life(104, gone=106), [], [QUIET]),
        (life(99, gone=105), told("ADDED 99"), [KILLED]),
        (life(99), told("ADDED 99") + told("ADDED 99 111", process=2), [KILLED]),
        (life(1, 99), told("ADDED 1", "MODIFIED 99") + told("MODIFIED 99 111", process=2), [KILLED]),
    ],
)
def test_what_the_watch_may_do_is_no_violation(lived, events, gaps):
    assert judge([lived], events, gaps).violations == []


@pytest.mark.parametrize(
    ("lived", "events", "gaps", "words"),
    [
        (life(1), told("ADDED 1", "MODIFIED 2"), [], "which it never had"),
        (life(1), told("ADDED 1", "DELETED 1 2"), [], "it is there"),
        (life(1), [], [], "the last word was nothing"),
        (life(1, 2), told("ADDED 1"), [], "its last state is 2"),
        (life(1, gone=2), told("ADDED 1"), [], "0 different DELETED"),
        (life(50, gone=105), told("ADDED 50"), [KILLED], "0 different DELETED"),
        (life(1, gone=5), told("ADDED 1", "DELETED 1 5", "ADDED 1"), [], "after its end"),
        (life(1, 2, 3), told("ADDED 1", "MODIFIED 3", "MODIFIED 2", "MODIFIED 3"), [], "after a later state"),
        (life(1, 2), told("ADDED 1", "ADDED 2"), [], "is not what follows"),
        (life(1, 2), told("MODIFIED 2"), [], "is not what follows"),
        (life(1), told("ADDED 1") + told("ADDED 1 4", process=2), [], "nothing was killed in between"),
        (life(99), told("ADDED 99") + told("ADDED 99 111", process=2), [QUIET], "nothing was killed in between"),
        (life(1, 50, 60), told("ADDED 1", "MODIFIED 60"), [KILLED], "50 was never told, and there was no gap"),
        (life(1, gone=2), [], [], "without a word"),
    ],
)
def test_what_breaks_the_promise_is_found(lived, events, gaps, words):
    assert any(words in violation for violation in judge([lived], events, gaps).violations)


def test_an_object_that_never_was_is_found():
    assert judge([], told("ADDED 1"), []).violations == ["u was told and never was there"]
