"""How a watch learns what is there: WatchList, and lists where the server knows no WatchList."""

from __future__ import annotations

import pytest

from paas.kube.watching import initial
from tests.unit.kube.scripted import (
    Cluster,
    Failing,
    Page,
    Refusing,
    Streaming,
    added,
    bookmark,
    deleted,
    item,
    marker,
    modified,
    watched,
)


def test_the_objects_that_are_there_are_told_when_the_marker_comes():
    cluster = Cluster(Streaming(added("a", 1), added("b", 2), marker(7), added("c", 8)))

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2", "ADDED c@8"]
    assert cluster.steps == ["initial"]
    params = cluster.asked[0].params
    assert params["resourceVersionMatch"] == "NotOlderThan"
    assert params["allowWatchBookmarks"] is True
    assert 60 <= params["timeoutSeconds"] <= 120


def test_the_watch_goes_on_from_the_marker_and_not_from_an_initial_object():
    cluster = Cluster(Streaming(added("a", 9000), marker(7)), Streaming())
    watched(cluster)

    assert cluster.steps == ["initial", "watch 7"]


def test_a_change_before_the_marker_counts():
    cluster = Cluster(Streaming(added("a", 1), added("b", 2), modified("a", 3), deleted("b", 4), marker(7)))

    assert watched(cluster).short == ["ADDED a@3"]


@pytest.mark.parametrize("ends", ["cleanly", "broken"])
def test_a_watchlist_cut_before_its_marker_tells_nothing_and_begins_again(ends):
    cluster = Cluster(Streaming(added("a", 1), lasts=5, ends=ends), Streaming(added("b", 2), marker(7)), Streaming())

    assert watched(cluster).short == ["ADDED b@2"]
    assert cluster.steps == ["initial", "initial", "watch 7"]


@pytest.mark.parametrize("status", [400, 422])
def test_a_watchlist_that_is_rejected_becomes_a_list_which_is_remembered(status):
    cluster = Cluster(
        Failing(status, "sendInitialEvents is forbidden"),
        Page([item("a", 1)], version="5"),
        Failing(410),
        Page([item("a", 1)], version="9"),
        Streaming(),
    )

    assert watched(cluster).short == ["ADDED a@1"]
    assert cluster.steps == ["initial", "list", "watch 5", "list", "watch 9"]


def test_a_server_too_old_for_watchlist_sends_no_marker_in_a_whole_stream_and_is_listed():
    cluster = Cluster(
        Streaming(added("a", 1), bookmark(3), lasts=90), Page([item("a", 1)], version="5"), Streaming(), Failing(410)
    )

    assert watched(cluster).short == ["ADDED a@1"]
    assert cluster.steps == ["initial", "list", "watch 5", "watch 5"]


def test_a_server_of_1_7_is_listed_at_once():
    cluster = Cluster(Page([item("a", 1)], version="5"), Streaming())
    watched(cluster, watch_list=False)

    assert cluster.steps == ["list", "watch 5"]


def test_a_list_asks_for_pages_at_the_newest_version():
    cluster = Cluster(Page([item("a", 1)], more="token"), Page([item("b", 2)], version="5"), Streaming())

    assert watched(cluster, watch_list=False).short == ["ADDED a@1", "ADDED b@2"]
    assert cluster.asked[0].params["limit"] == 500
    assert "resourceVersion" not in cluster.asked[0].params
    assert cluster.asked[1].params["continue"] == "token"


def test_a_continue_token_that_expires_makes_it_list_again_without_pages_and_repeat_nothing():
    cluster = Cluster(
        Page([item("a", 1)], more="token"),
        Failing(410, "The provided continue parameter is too old"),
        Page([item("a", 1), item("b", 2)], version="9"),
        Streaming(),
        Failing(410),
        Page([item("a", 1), item("b", 2)], version="12"),
    )

    assert watched(cluster, watch_list=False).short == ["ADDED a@1", "ADDED b@2"]
    assert cluster.steps == ["list", "list", "unpaged", "watch 9", "watch 9", "list"]
    assert [each.params.get("limit") for each in cluster.asked if each.what != "watch"] == [500, 500, None, 500]


def test_items_of_an_old_servers_list_get_the_kind_that_it_leaves_out():
    bare = {"metadata": item("a", 1)["metadata"]}
    told = watched(Cluster(Page([bare]), Streaming()), watch_list=False)

    assert told.events[0].object["kind"] == "Database"
    assert told.events[0].object["apiVersion"] == "paas.internal/v1"


def test_selectors_go_with_every_request():
    cluster = Cluster(Failing(422), Page([]), Streaming())
    watched(cluster, label_selector="a=b", field_selector="metadata.name=x")

    for asked in cluster.asked:
        assert (asked.params["labelSelector"], asked.params["fieldSelector"]) == ("a=b", "metadata.name=x")


def test_a_server_that_is_down_at_the_start_is_asked_until_it_is_there():
    cluster = Cluster(Refusing(), Refusing(), Streaming(added("a", 1), marker(7)))

    assert watched(cluster).short == ["ADDED a@1"]
    assert cluster.steps == ["initial"] * 3


def test_more_objects_than_are_held_are_listed_by_pages(monkeypatch):
    monkeypatch.setattr(initial.InitialList.__init__, "__kwdefaults__", {"most": 500})
    cluster = Cluster(
        Streaming(added("a", 1), added("b", 2), added("c", 3), marker(7)),
        Page([item("a", 1), item("b", 2), item("c", 3)]),
        Streaming(),
    )

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2", "ADDED c@3"]
    assert cluster.steps == ["initial", "list", "watch 100"]
