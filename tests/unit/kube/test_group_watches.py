"""The third-party objects of one cluster, as definitions come and go."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from paas.errors import ConfigError
from paas.kube.group_watches import GroupWatches
from paas.kube.watching import Saver
from tests.unit.kube.scripted import Memory
from tests.unit.kube.tiny import TPRS, TinyCluster

GROUP = "paas.internal"


def eventually(check: Callable[[], Any], timeout: float = 60.0) -> Any:
    deadline = time.monotonic() + timeout
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
    return found


class Following:
    """Group watches of one cluster that can be stopped and begun again."""

    def __init__(self, cluster: TinyCluster, *groups: str, **more: Any) -> None:
        self.cluster, self.groups, self.more = cluster, groups or (GROUP,), more
        self.datastore = Memory()
        self.told: list[dict[str, Any]] = []
        self.watches: GroupWatches | None = None

    def begin(self) -> Following:
        self.saver = Saver()
        self.watches = GroupWatches(
            self.cluster.name,
            self.more.get("connect", lambda: self.cluster.client),
            self.groups,
            tell=self.told.append,
            datastore=self.datastore,
            saver=self.saver,
            definitions=self.more.get("definitions", False),
        )
        self.watches.start()
        return self

    def stop(self) -> None:
        self.watches.stop()
        self.saver.round()

    @property
    def short(self) -> list[str]:
        return [f"{each['resource']} {each['object_kind']} {each['name']}" for each in self.told]

    def tells(self, *expected: str) -> None:
        eventually(lambda: len(self.told) >= len(expected))
        time.sleep(0.02)
        assert self.short == list(expected)


@pytest.fixture
def cluster() -> TinyCluster:
    return TinyCluster()


@pytest.fixture
def follow(cluster) -> Iterator[Callable[..., Following]]:
    begun: list[Following] = []

    def make(*groups: str, of: TinyCluster | None = None, **more: Any) -> Following:
        begun.append(Following(of or cluster, *groups, **more))
        return begun[-1].begin()

    yield make
    for each in begun:
        each.stop()


def test_the_kinds_that_are_there_are_watched(cluster, follow):
    path = cluster.define(GROUP, "databases", "Database")
    cluster.put(path, "orders")

    follow().tells("ADDED Database orders")


def test_a_kind_that_comes_later_is_watched(cluster, follow):
    following = follow()
    eventually(lambda: cluster.streams)
    cluster.put(cluster.define(GROUP, "databases", "Database"), "orders")

    following.tells("ADDED Database orders")


def test_other_groups_are_neither_followed_nor_told(cluster, follow):
    cluster.put(cluster.define("theirs.example.com", "widgets", "Widget"), "w")
    following = follow(definitions=True)
    cluster.define(GROUP, "databases", "Database")

    following.tells("ADDED CustomResourceDefinition databases.paas.internal")


def test_definitions_are_told_where_that_is_wanted(cluster, follow):
    following = follow(definitions=True)
    eventually(lambda: cluster.streams)
    cluster.define(GROUP, "databases", "Database")
    eventually(lambda: following.told)
    cluster.undefine(GROUP, "databases")

    following.tells(
        "ADDED CustomResourceDefinition databases.paas.internal",
        "DELETED CustomResourceDefinition databases.paas.internal",
    )


def test_a_restart_watches_on_without_any_event_of_the_definition(cluster, follow):
    path = cluster.define(GROUP, "databases", "Database")
    following = follow(definitions=True)
    eventually(lambda: following.told)
    following.stop()
    following.begin()
    cluster.put(path, "orders")

    following.tells("ADDED CustomResourceDefinition databases.paas.internal", "ADDED Database orders")


def test_a_kind_that_went_while_nobody_watched_takes_its_objects_along_and_is_forgotten(cluster, follow):
    cluster.put(cluster.define(GROUP, "databases", "Database"), "orders", metadata={"labels": {"a": "b"}})
    following = follow()
    eventually(lambda: following.told)
    following.stop()
    cluster.undefine(GROUP, "databases")
    following.begin()

    following.tells("ADDED Database orders", "DELETED Database orders")
    assert following.told[1]["partial"]
    eventually(lambda: not [name for name in following.datastore.values if ".objects." in name])
    assert json.loads(following.datastore.values["kubernetes.watch.paasA.followed"]) == {}


def test_a_kind_that_moves_to_another_version_is_watched_there_and_repeats_nothing(cluster, follow):
    path = cluster.define(GROUP, "databases", "Database", "v1")
    cluster.put(path, "orders")
    following = follow()
    following.tells("ADDED Database orders")
    objects = cluster.collections[path]
    there = cluster.define(GROUP, "databases", "Database", "v2")
    cluster.collections[there] = objects
    eventually(lambda: cluster.streams.get(there))
    cluster.put(there, "more")

    following.tells("ADDED Database orders", "ADDED Database more")


def test_a_kind_that_is_deleted_and_created_again(cluster, follow):
    cluster.put(cluster.define(GROUP, "databases", "Database"), "orders")
    following = follow()
    following.tells("ADDED Database orders")
    cluster.undefine(GROUP, "databases")
    following.tells("ADDED Database orders", "DELETED Database orders")
    cluster.put(cluster.define(GROUP, "databases", "Database"), "orders", uid="second")

    following.tells("ADDED Database orders", "DELETED Database orders", "ADDED Database orders")


def test_a_group_that_is_no_longer_configured_ends_nothing(cluster, follow):
    cluster.put(cluster.define(GROUP, "databases", "Database"), "orders")
    following = follow(GROUP, "other.example.com", definitions=True)
    eventually(lambda: len(following.told) == 2)
    following.stop()
    following.groups = ("other.example.com",)
    following.begin()
    cluster.define("other.example.com", "widgets", "Widget")
    eventually(lambda: len(following.told) == 3)

    assert following.told[-1]["name"] == "widgets.other.example.com"


def test_a_cluster_that_is_down_at_the_start_is_watched_once_it_is_up(cluster, follow, caplog):
    cluster.down = True
    following = follow()
    eventually(lambda: "cannot begin yet" in caplog.text)
    (status,) = following.watches.statuses()
    assert status.state == "waiting"
    cluster.down = False
    cluster.put(cluster.define(GROUP, "databases", "Database"), "orders")

    following.tells("ADDED Database orders")


def test_settings_that_cannot_be_used_are_said(cluster, follow, caplog):
    def connect():
        raise ConfigError("clusters.paasA.kubeconfig", "/nowhere cannot be read")

    follow(connect=connect)
    eventually(lambda: "clusters.paasA.kubeconfig" in caplog.text)


def test_third_party_resources_of_1_7_are_watched_at_their_own_path(follow):
    old = TinyCluster(old=True)
    following = follow("stable.example.com", of=old, definitions=True)
    eventually(lambda: old.streams)
    path = "/apis/stable.example.com/v1/crontabs"
    old.serve(path, "CronTab")
    old.put(TPRS, "cron-tab.stable.example.com", versions=[{"name": "v1"}])
    old.put(path, "nightly", namespace="shop")

    following.tells("ADDED ThirdPartyResource cron-tab.stable.example.com", "ADDED CronTab nightly")
    assert "/apis/extensions/v1beta1/watch/thirdpartyresources" in old.asked
    assert following.told[0]["spec"] == {}


def test_that_there_are_no_third_party_resources_is_said_and_the_others_live_on(cluster, follow, caplog):
    with caplog.at_level(logging.INFO):
        cluster.put(cluster.define(GROUP, "databases", "Database"), "orders")
        follow().tells("ADDED Database orders")

    assert "has no ThirdPartyResources" in caplog.text


def test_it_stops_at_once(cluster, follow):
    cluster.define(GROUP, "databases", "Database")
    cluster.define(GROUP, "caches", "Cache")
    following = follow()
    eventually(lambda: len(cluster.streams) == 3)
    began = time.monotonic()
    following.stop()

    assert time.monotonic() - began < 1
    assert {status.state for status in following.watches.statuses()} == {"stopped"}
