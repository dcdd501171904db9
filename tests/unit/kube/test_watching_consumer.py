"""A consumer that raises: the watch lives on, and the event comes again."""

from __future__ import annotations

from itertools import pairwise

from tests.unit.kube.scripted import Cluster, Memory, Streaming, added, deleted, marker, modified, watched


class Failing:
    """Refuses the named events, so many times each."""

    def __init__(self, **times: int) -> None:
        self.times = times

    def __call__(self, event):
        if self.times.get(event.key[1], 0) > 0:
            self.times[event.key[1]] -= 1
            raise RuntimeError("the broker is away")


def test_the_watch_goes_on_and_the_event_comes_again():
    cluster = Cluster(
        Streaming(added("a", 1), marker(7), added("b", 8) + added("c", 9)),
        Streaming(),
        Streaming(added("a", 1), added("b", 8), added("c", 9), marker(20)),
    )
    told = watched(cluster, consumer=Failing(b=1))

    assert told.short == ["ADDED a@1", "ADDED c@9", "ADDED b@8"]
    assert cluster.steps == ["initial", "watch 9", "initial"]


def test_the_wait_for_the_redelivery_does_not_hold_up_other_events():
    cluster = Cluster(
        Streaming(marker(7), added("b", 8)),
        Streaming(added("c", 9)),
        Streaming(added("b", 8), added("c", 9), marker(20)),
    )
    told = watched(cluster, consumer=Failing(b=1))

    assert told.short == ["ADDED c@9", "ADDED b@8"]
    assert cluster.steps == ["initial", "watch 8", "initial"]
    assert cluster.asked[1].params["timeoutSeconds"] <= 5


def test_nothing_is_saved_past_the_failed_event():
    datastore = Memory()
    watched(
        Cluster(Streaming(added("a", 1), added("b", 2), marker(7) + modified("a", 8))),
        consumer=Failing(b=9),
        datastore=datastore,
    )
    told = watched(Cluster(Streaming(added("a", 8), added("b", 2), marker(20))), datastore=datastore)

    assert told.short == ["ADDED b@2"]


def test_a_deletion_that_was_refused_comes_again():
    datastore = Memory()
    watched(Cluster(Streaming(added("a", 1), marker(7))), datastore=datastore)
    watched(Cluster(Streaming(added("a", 1), marker(7), deleted("a", 8))), consumer=Failing(a=9), datastore=datastore)
    told = watched(Cluster(Streaming(marker(20))), datastore=datastore)

    assert told.short == ["DELETED a@1"]


def test_a_recreated_object_is_not_added_before_its_deletion_was_taken():
    refusing = []

    def consumer(event):
        if event.type == "DELETED" and not refusing:
            refusing.append(event)
            raise RuntimeError

    datastore = Memory()
    watched(Cluster(Streaming(added("a", 1), marker(7))), datastore=datastore)
    cluster = Cluster(
        Streaming(added("a", 9, uid="second"), marker(20)),
        Streaming(),
        Streaming(added("a", 9, uid="second"), marker(30)),
    )
    told = watched(cluster, consumer=consumer, datastore=datastore)

    assert told.short == ["DELETED a@1", "ADDED a@9"]


def test_an_object_whose_coming_was_refused_and_that_is_gone_again_is_never_told():
    cluster = Cluster(Streaming(marker(7), added("a", 8), deleted("a", 9)), Streaming())

    assert watched(cluster, consumer=Failing(a=1)).short == []


def test_an_event_that_is_refused_for_ever_is_listed_for_less_and_less_often():
    cluster = Cluster()
    cluster.answers = [
        lambda: Streaming(added("a", 1), marker(7)) if cluster.steps[-1] == "initial" else Streaming()
    ] * 60
    told = watched(cluster, consumer=Failing(a=10**9), random=1.0)

    lists = [each.at for each in cluster.asked if "sendInitialEvents" in each.params]
    gaps = [after - before for before, after in pairwise(lists)]
    assert gaps[0] < 10
    assert max(gaps) > 200
    assert told.short == []


def test_a_broker_that_is_away_is_logged_once_and_not_for_every_event(caplog):
    many = b"".join(added(f"n{number}", number + 10) for number in range(50))
    watched(Cluster(Streaming(marker(7), many)), consumer=Failing(**{f"n{number}": 9 for number in range(50)}))

    assert caplog.text.count("was not taken") == 1
