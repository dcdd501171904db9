import json

import pytest

from paas.kube.watching import WatchStatus
from paas_pack.status_publication import EVERY, SOONEST, StatusPublication


@pytest.fixture
def board():
    class Board:
        now = 1000.0

        def __init__(self):
            self.written = []
            self.publication = StatusPublication(self.written.append, clock=lambda: self.now)
            self.watch = WatchStatus(name="w", cluster="paasA", resource="nodes")

        def after(self, seconds, **more):
            self.now += seconds
            self.publication.publish([self.watch], **more)
            return len(self.written)

    return Board()


def test_the_first_status_is_written_at_once(board):
    assert board.after(0) == 1
    assert json.loads(board.written[0])["at"] == 1000.0
    assert json.loads(board.written[0])["watches"][0]["name"] == "w"


def test_the_same_status_is_written_seldom(board):
    board.after(0)
    assert board.after(EVERY - 1) == 1
    assert board.after(1) == 2


def test_events_alone_do_not_hurry_it(board):
    board.after(0)
    board.watch.delivered("ADDED", 0.1)
    assert board.after(SOONEST) == 1


def test_an_error_is_written_soon_but_not_in_a_storm(board):
    board.after(0)
    board.watch.failed(OSError("refused"))
    assert board.after(SOONEST - 1) == 1
    assert board.after(1) == 2
    board.watch.failed(OSError("timed out"))
    assert board.after(1) == 2


def test_the_last_status_is_always_written(board):
    board.after(0)
    assert board.after(0, last=True) == 2
