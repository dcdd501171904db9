"""Watches that rules ask for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from paas.errors import NotFound
from paas.kube.resource_queries import ResourceQuery
from paas.kube.resource_watches import ResourceWatches
from paas.kube.watching import Saver
from tests.unit.kube.scripted import Memory
from tests.unit.kube.test_group_watches import eventually
from tests.unit.kube.tiny import TinyCluster

NAMESPACES = "/api/v1/namespaces"
ALL = ResourceQuery("paasA", "namespaces")
GOING = ResourceQuery("paasA", "namespaces", events=("DELETED",))


class Watching:
    def __init__(self) -> None:
        self.cluster = TinyCluster()
        self.cluster.serve(NAMESPACES, "Namespace")
        self.told: list[tuple[str, str, str]] = []
        self.datastore = Memory()
        self.saver = Saver()
        self.begin()

    def begin(self) -> None:
        self.watches = ResourceWatches(
            lambda name: self.cluster.client, tell=self.tell, datastore=self.datastore, saver=self.saver
        )

    def tell(self, asker: str, payload: dict[str, Any]) -> None:
        self.told.append((asker, payload["resource"], payload["name"]))

    def tells(self, *expected: tuple[str, str, str]) -> None:
        eventually(lambda: len(self.told) >= len(expected))
        time.sleep(0.02)
        assert self.told == list(expected)

    @property
    def streams(self) -> int:
        return len(self.cluster.streams.get(NAMESPACES, []))


@pytest.fixture
def watching():
    made = Watching()
    yield made
    made.watches.stop()


def test_what_is_asked_for_is_told_to_who_asked(watching):
    watching.watches.add("rule-a", ALL)
    watching.cluster.put(NAMESPACES, "shop")

    watching.tells(("rule-a", "ADDED", "shop"))


def test_equal_questions_are_one_watch(watching):
    watching.watches.add("rule-a", ALL)
    eventually(lambda: watching.streams)
    watching.watches.add("rule-b", ResourceQuery.read({"cluster": "paasA", "plural": "namespaces", "group": None}))
    watching.cluster.put(NAMESPACES, "shop")

    watching.tells(("rule-a", "ADDED", "shop"), ("rule-b", "ADDED", "shop"))
    assert watching.streams == 1


def test_only_the_events_that_are_asked_for_are_told(watching):
    watching.watches.add("rule-a", GOING)
    watching.cluster.put(NAMESPACES, "shop")
    eventually(lambda: watching.streams)
    watching.cluster.delete(NAMESPACES, "shop")

    watching.tells(("rule-a", "DELETED", "shop"))


def test_a_watch_ends_with_the_last_who_asked_and_its_position_is_forgotten(watching):
    watching.watches.add("rule-a", ALL)
    watching.watches.add("rule-b", ALL)
    watching.cluster.put(NAMESPACES, "shop")
    eventually(lambda: len(watching.told) == 2)
    watching.saver.round()
    assert watching.datastore.values
    watching.watches.remove("rule-a")
    assert len(watching.watches.statuses()) == 1
    watching.watches.remove("rule-b")

    assert watching.watches.statuses() == []
    assert watching.datastore.values == {}


def test_who_asks_for_something_else_is_told_that_and_no_longer_the_first(watching):
    watching.watches.add("rule-a", ALL)
    eventually(lambda: watching.streams)
    watching.watches.add("rule-a", GOING)
    watching.cluster.put(NAMESPACES, "shop")
    eventually(lambda: watching.streams == 2)
    watching.cluster.delete(NAMESPACES, "shop")

    watching.tells(("rule-a", "DELETED", "shop"))
    assert len(watching.watches.statuses()) == 1


def test_who_never_asked_may_leave(watching):
    watching.watches.remove("nobody")


def test_a_restart_repeats_nothing(watching):
    watching.watches.add("rule-a", ALL)
    watching.cluster.put(NAMESPACES, "shop")
    eventually(lambda: watching.told)
    watching.watches.stop()
    watching.saver.round()
    watching.begin()
    watching.watches.add("rule-a", ALL)
    watching.cluster.put(NAMESPACES, "more")

    watching.tells(("rule-a", "ADDED", "shop"), ("rule-a", "ADDED", "more"))


def test_what_is_not_served_yet_is_said_and_watched_once_it_is(watching, caplog, monkeypatch):
    monkeypatch.setattr("paas.kube.watching.backoff.FIRST", 0.05)
    watching.watches.add("rule-a", ResourceQuery("paasA", "databases", group="paas.internal"))
    eventually(lambda: "cannot begin yet" in caplog.text)
    (status,) = watching.watches.statuses()
    assert status.state == "waiting"
    path = watching.cluster.define("paas.internal", "databases", "Database")
    watching.cluster.put(path, "orders")

    watching.tells(("rule-a", "ADDED", "orders"))


def test_a_question_is_answered_by_the_version_that_it_names():
    cluster = TinyCluster()
    cluster.define("g.example.com", "things", "Thing", "v1")
    asked = ResourceQuery("paasA", "things", group="g.example.com", version="v2")

    with pytest.raises(NotFound, match="version v2"):
        asked.source(cluster.client)
    assert ResourceQuery("paasA", "things", group="g.example.com", namespace="shop").source(cluster.client).path == (
        "/apis/g.example.com/v1/namespaces/shop/things"
    )
