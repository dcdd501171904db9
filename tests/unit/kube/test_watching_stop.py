"""A watch that is told to stop, over real sockets: at once, whatever it is doing."""

from __future__ import annotations

import threading
import time

import pytest

from paas import kube
from paas.kube.watching import Position, Source, Watch
from paas.references import References
from paas.settings import ClusterSettings
from tests.unit.kube.answering import Handler, answering
from tests.unit.kube.scripted import KUBE_SYSTEM, PATH, Memory, added, marker


class Stalling:
    """Sends two objects and the marker, and then nothing more, ever."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.reached = threading.Event()
        self.release = threading.Event()

    def __call__(self, request: Handler) -> None:
        if request.path == KUBE_SYSTEM:
            request.reply(200, {"metadata": {"uid": "cluster-1"}})
            return
        if self.where == "before the answer":
            self.stall()
            return
        request.begin_chunks()
        half = added("b", 2)
        request.chunk(added("a", 1) + (half[:30] if self.where == "inside a line" else half + marker(7)))
        self.stall()

    def stall(self) -> None:
        self.reached.set()
        self.release.wait(20)


@pytest.mark.parametrize("where", ["before the answer", "inside a line", "after an event"])
def test_stop_returns_within_a_second_during_a_stall(where):
    stalling = Stalling(where)
    with answering(stalling) as (url, _):
        client = kube.connect(ClusterSettings(name="paasA", server=url), References())
        watch = Watch(
            client,
            Source("paasA", PATH, "Database", "paas.internal/v1"),
            lambda event: None,
            Position(Memory(), "p"),
        )
        watch.start()
        assert stalling.reached.wait(5)
        time.sleep(0.1)
        began = time.monotonic()
        watch.stop()
        took = time.monotonic() - began
        stalling.release.set()

    assert took < 1
    if where != "before the answer":  # there is no answer yet that could be broken off
        assert not watch.running
        assert watch.status.state == "stopped"


def test_a_watch_that_waits_after_a_failure_stops_at_once():
    with answering(lambda request: request.reply(503, {"kind": "Status", "message": "down"})) as (url, seen):
        client = kube.connect(ClusterSettings(name="paasA", server=url), References())
        watch = Watch(
            client,
            Source("paasA", PATH, "Database", "paas.internal/v1"),
            print,
            Position(Memory(), "p"),
            rng=lambda: 1.0,
        )
        watch.start()
        while not seen:
            time.sleep(0.01)
        began = time.monotonic()
        watch.stop()

        assert time.monotonic() - began < 0.5
        assert not watch.running


def test_a_watch_tells_its_state():
    stalling = Stalling("after an event")
    got = threading.Event()
    with answering(stalling) as (url, _):
        client = kube.connect(ClusterSettings(name="paasA", server=url), References())
        watch = Watch(
            client,
            Source("paasA", PATH, "Database", "paas.internal/v1"),
            lambda event: event.key[1] == "b" and got.set(),
            Position(Memory(), "p"),
        )
        watch.start()
        assert got.wait(5)
        time.sleep(0.1)
        status = watch.status.as_json()
        watch.stop()
        stalling.release.set()

    assert status["state"] == "watching"
    assert status["objects"] == 2
    assert status["counts"] == {"streams": 1, "added": 2}
    assert status["resource"] == "databases.paas.internal in all namespaces"
    assert time.time() - status["contact"] < 5
