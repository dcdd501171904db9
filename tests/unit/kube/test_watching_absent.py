"""What is watched is not served, not yet, or no longer."""

from __future__ import annotations

import logging

from tests.unit.kube.scripted import Cluster, Failing, Memory, Streaming, added, deleted, marker, watched

NOT_SERVED = Failing(404, "404 page not found\n", plain=True)
START = Streaming(added("a", 1), added("b", 2), marker(7))


def test_a_crd_that_is_deleted_and_created_again():
    cluster = Cluster(
        START,
        Streaming(deleted("a", 8), deleted("b", 9)),
        NOT_SERVED,
        NOT_SERVED,
        Streaming(added("a", 30, uid="second"), marker(31)),
        Streaming(),
    )
    told = watched(cluster)

    assert told.short == ["ADDED a@1", "ADDED b@2", "DELETED a@1", "DELETED b@2", "ADDED a@30"]


def test_a_path_that_is_not_served_is_said_in_the_servers_plain_words(caplog):
    with caplog.at_level(logging.WARNING):
        watched(Cluster(NOT_SERVED, NOT_SERVED, NOT_SERVED))

    (record,) = [each for each in caplog.records if "404" in each.message]
    assert "404 page not found" in record.message
    assert "does the cluster serve databases.paas.internal?" in record.message


def test_a_404_alone_ends_nothing():
    cluster = Cluster(START, NOT_SERVED, Streaming(added("a", 1), added("b", 2), marker(30)), Streaming())

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2"]


def test_what_goes_away_for_good_ends_every_object_once_it_is_not_served_and_the_watch_is_over():
    cluster = Cluster(START, Streaming(deleted("a", 8)), NOT_SERVED)
    told = watched(cluster, prepare=lambda watch: watch.retire())

    assert told.short == ["ADDED a@1", "ADDED b@2", "DELETED a@1", "DELETED b@2"]
    assert cluster.steps == ["initial", "watch 7", "watch 8"]


def test_what_went_away_while_nobody_watched_ends_every_object():
    datastore = Memory()
    watched(Cluster(START), datastore=datastore)
    told = watched(Cluster(NOT_SERVED), datastore=datastore, prepare=lambda watch: watch.retire())

    assert told.short == ["DELETED a@1", "DELETED b@2"]


def test_an_end_that_the_consumer_refused_is_told_again():
    refused = []

    def consumer(event):
        if event.type == "DELETED" and len(refused) < 3:
            refused.append(event)
            raise RuntimeError

    cluster = Cluster(START, NOT_SERVED)
    told = watched(cluster, consumer=consumer, prepare=lambda watch: watch.retire())

    assert told.short == ["ADDED a@1", "ADDED b@2", "DELETED a@1", "DELETED b@2"] or told.short[2:] == [
        "DELETED b@2",
        "DELETED a@1",
    ]


def test_what_comes_back_before_it_was_gone_is_watched_on():
    cluster = Cluster(START, NOT_SERVED, Streaming(added("a", 1), added("b", 2), marker(30)), Streaming())

    def change_its_mind(watch):
        watch.retire()
        watch.retire(going=False)

    assert watched(cluster, prepare=change_its_mind).short == ["ADDED a@1", "ADDED b@2"]
