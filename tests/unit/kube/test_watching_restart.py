"""A watch that was stopped, or killed, and begins again."""

from __future__ import annotations

import json

import pytest

from tests.unit.kube.scripted import Cluster, Failing, Memory, Streaming, added, deleted, marker, modified, watched


def start(datastore: Memory, **more):
    return watched(Cluster(Streaming(added("a", 1, tier="web"), added("b", 2), marker(7))), datastore=datastore, **more)


def again(datastore: Memory, *answers, **more):
    cluster = Cluster(*answers, **{key: more.pop(key) for key in ("uid",) if key in more})
    return watched(cluster, datastore=datastore, **more), cluster


def test_a_restart_repeats_nothing_when_nothing_changed():
    datastore = Memory()
    start(datastore)
    told, cluster = again(datastore, Streaming(added("a", 1), added("b", 2), marker(9)), Streaming())

    assert told.short == []
    assert cluster.steps == ["initial", "watch 9"]


def test_a_restart_tells_what_was_missed_once():
    datastore = Memory()
    start(datastore)
    missed = Streaming(added("b", 12), added("c", 13), marker(20))
    told, _ = again(datastore, missed)
    assert told.short == ["MODIFIED b@12", "ADDED c@13", "DELETED a@1"]
    assert dict(told.events[2].seen.labels) == {"tier": "web"}

    told, _ = again(datastore, missed)
    assert told.short == []


@pytest.mark.parametrize("version", ["3", "999999999"])
def test_a_server_whose_history_is_shorter_or_younger_than_the_saved_state_is_listed_all_the_same(version):
    datastore = Memory()
    start(datastore)
    told, cluster = again(datastore, Streaming(added("a", 1), marker(version)), Streaming())

    assert told.short == ["DELETED b@2"]
    assert cluster.steps == ["initial", f"watch {version}"]


def test_a_crash_between_delivery_and_save_delivers_again_with_the_same_id():
    datastore = Memory()
    start(datastore)
    changes = Streaming(added("a", 1), added("b", 2), marker(9), modified("a", 10), added("c", 11), deleted("b", 12))
    first, _ = again(datastore, changes, save=False)
    second, _ = again(datastore, Streaming(added("a", 10), added("c", 11), marker(20)))

    assert {event.id for event in first.events} == {event.id for event in second.events}
    assert len(first.events) == 3


def test_a_deletion_that_is_found_after_a_crash_has_the_id_that_it_had_before():
    datastore = Memory()
    start(datastore)
    first, _ = again(
        datastore, Streaming(added("a", 1), added("b", 2), marker(9), modified("a", 10), deleted("a", 11)), save=False
    )
    second, _ = again(datastore, Streaming(added("b", 2), marker(20)))

    assert [event.type for event in second.events] == ["DELETED"]
    assert second.events[0].id == first.events[-1].id


def test_each_stay_of_an_object_that_loses_and_gets_its_label_ends_with_an_id_of_its_own():
    stays = Streaming(marker(1), added("a", 2), deleted("a", 3), added("a", 4), deleted("a", 5))
    told = watched(Cluster(stays))

    assert len({event.id for event in told.events}) == 4


def test_another_cluster_behind_the_same_name_is_refused(caplog):
    datastore = Memory()
    start(datastore)
    told, cluster = again(datastore, Streaming(marker(3)), uid="cluster-2", prepare=lambda w: stop_after(w, waits=3))

    assert told.events == []
    assert cluster.asked == []
    assert told.watch.status.state == "stopped"
    assert "cluster-1" in caplog.text
    assert "cluster-2" in caplog.text
    assert "a" in json.dumps(list(datastore.values.values()))


def test_a_cluster_that_can_no_longer_be_told_from_another_is_refused_too():
    datastore = Memory()
    start(datastore)
    told, cluster = again(datastore, Streaming(marker(3)), uid=None, prepare=lambda w: stop_after(w, waits=3))

    assert told.events == []
    assert cluster.asked == []


def test_a_cluster_whose_identity_was_never_readable_is_watched():
    datastore = Memory()
    cluster = Cluster(Streaming(added("a", 1), marker(7)), uid=None)

    assert watched(cluster, datastore=datastore).short == ["ADDED a@1"]


def test_another_cluster_that_appears_between_two_streams_is_refused():
    cluster = Cluster(Streaming(added("a", 1), marker(7)), Streaming(added("x", 8)))

    def switch(event):
        cluster.uid = "cluster-2"

    told = watched(cluster, consumer=switch, prepare=lambda w: stop_after(w, waits=3))

    assert told.short == ["ADDED a@1"]
    assert cluster.steps == ["initial"]


def test_the_first_cluster_comes_back_and_the_watch_goes_on():
    cluster = Cluster(Streaming(added("a", 1), marker(7)), Streaming(added("a", 1), marker(8), added("b", 9)))

    def switch(event):
        cluster.uid = "cluster-2" if event.key[1] == "a" else "cluster-1"

    def back(watch):
        stop_after(watch, waits=2, do=lambda: setattr(cluster, "uid", "cluster-1"))

    told = watched(cluster, consumer=switch, prepare=back)
    assert told.short == ["ADDED a@1", "ADDED b@9"]


def stop_after(watch, *, waits: int, do=None):
    """Stop the watch (or do something else) at its n-th wait."""
    clock = watch._clock
    real = clock.wait

    def wait(flag, seconds):
        real(flag, seconds)
        if len(clock.waits) == waits:
            (do or watch.stop)()

    clock.wait = wait


def test_without_its_position_nothing_is_watched_until_it_can_be_read():
    datastore = Memory()
    start(datastore)
    fails = [ConnectionError("st2api is away")] * 3
    read = datastore.get

    def get(name):
        if fails:
            raise fails.pop()
        return read(name)

    datastore.get = get
    told, cluster = again(datastore, Streaming(added("a", 1), added("b", 2), marker(9)))

    assert told.short == []
    assert len(cluster.clock.waits) >= 3


def test_a_selector_error_does_not_touch_what_was_saved():
    datastore = Memory()
    start(datastore)
    before = dict(datastore.values)
    again(datastore, Failing(400, "unable to parse requirement"), Failing(400), Failing(400))

    assert datastore.values == before
