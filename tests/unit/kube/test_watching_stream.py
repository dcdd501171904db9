"""How a watch goes on: ends, errors, stalls, and lines cut anywhere."""

from __future__ import annotations

import logging

import pytest

from paas.kube.transport import Answer
from tests.unit.kube.scripted import (
    Cluster,
    Failing,
    Page,
    Refusing,
    Streaming,
    added,
    bookmark,
    deleted,
    error,
    item,
    line,
    marker,
    modified,
    watched,
)

START = Streaming(added("a", 1), added("b", 2), marker(7))
SAME = Streaming(added("a", 1), added("b", 2), marker(20))


def test_a_clean_end_is_watched_on_from_the_last_version_without_a_list():
    cluster = Cluster(START, Streaming(modified("a", 8)), Streaming(deleted("b", 9)), Streaming())

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2", "MODIFIED a@8", "DELETED b@2"]
    assert cluster.steps == ["initial", "watch 7", "watch 8", "watch 9"]
    assert cluster.clock.waits == []


def test_a_bookmark_then_the_end_and_the_next_watch_starts_at_the_bookmark():
    cluster = Cluster(START, Streaming(bookmark(15)), Streaming())
    watched(cluster)

    assert cluster.steps == ["initial", "watch 7", "watch 15"]


def test_410_in_the_stream_is_one_list_and_nothing_twice():
    cluster = Cluster(
        START,
        Streaming(modified("a", 8), error(410, "too old")),
        Streaming(added("a", 8), added("b", 2), marker(20)),
        Streaming(),
    )

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2", "MODIFIED a@8"]
    assert cluster.steps == ["initial", "watch 7", "initial", "watch 20"]


def test_410_on_connect_is_one_list_at_once_and_nothing_twice():
    cluster = Cluster(START, Failing(410), SAME, Streaming())

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2"]
    assert cluster.steps == ["initial", "watch 7", "initial", "watch 20"]
    assert cluster.clock.waits == []


def test_410_again_and_again_is_not_a_list_without_a_pause():
    cluster = Cluster(Page([]), *[Failing(410), Page([])] * 5)
    watched(cluster, watch_list=False)

    assert len(cluster.clock.waits) >= 4


def test_410_after_every_watchlist_is_not_a_list_without_a_pause():
    cluster = Cluster(*[Streaming(added("a", 1), marker(7), error(410))] * 6)
    watched(cluster)

    assert len(cluster.clock.waits) >= 5


def test_a_server_that_asks_for_an_hour_is_asked_again_after_five_minutes():
    cluster = Cluster(Failing(429, headers={"Retry-After": "3600"}), START)
    watched(cluster)

    assert 300 <= cluster.clock.waits[0] <= 301


@pytest.mark.parametrize(
    "refusal", [Failing(429, headers={"Retry-After": "2"}), Streaming(error(429, retryAfterSeconds=2))]
)
def test_429_waits_at_least_as_long_as_it_asks_and_watches_again_without_a_list(refusal):
    cluster = Cluster(START, refusal, Streaming())
    watched(cluster)

    assert cluster.steps == ["initial", "watch 7", "watch 7"]
    assert cluster.clock.waits[0] >= 2


def test_a_refused_connection_is_tried_again_without_a_list():
    cluster = Cluster(START, Refusing(), Refusing(), Streaming(modified("a", 8)), Streaming())

    assert watched(cluster).short[-1] == "MODIFIED a@8"
    assert cluster.steps == ["initial", "watch 7", "watch 7", "watch 7", "watch 8"]


def test_waits_double_with_jitter_up_to_30_seconds():
    cluster = Cluster(*[Refusing()] * 9)
    watched(cluster, random=1.0)

    assert [round(wait, 1) for wait in cluster.clock.waits][:8] == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


def test_waits_begin_anew_after_two_good_minutes():
    cluster = Cluster(
        Refusing(), Refusing(), Refusing(), START, Streaming(modified("a", 8), lasts=119), Refusing(), Streaming()
    )
    watched(cluster, random=1.0)

    assert cluster.clock.waits[-1] == pytest.approx(0.8)


def test_waits_go_on_growing_before_two_good_minutes():
    cluster = Cluster(Refusing(), Refusing(), Streaming(marker(7), lasts=60), Refusing(), Streaming())
    watched(cluster, random=1.0)

    assert cluster.clock.waits[-1] == pytest.approx(3.2)


def test_a_stream_that_ends_within_a_second_without_an_event_is_a_failure():
    cluster = Cluster(
        START, Streaming(lasts=0.5), Streaming(lasts=0.5), Streaming(modified("a", 8), lasts=0.5), Streaming()
    )
    watched(cluster)

    assert len(cluster.clock.waits) == 2
    assert cluster.steps == ["initial", "watch 7", "watch 7", "watch 7", "watch 8"]


def test_an_internal_error_in_the_stream_is_watched_on():
    cluster = Cluster(START, Streaming(error(500)), Streaming(modified("a", 8)), Streaming())

    assert watched(cluster).short[-1] == "MODIFIED a@8"
    assert cluster.steps == ["initial", "watch 7", "watch 7", "watch 8"]


def test_internal_errors_that_last_are_listed():
    cluster = Cluster(START, *[Streaming(error(500))] * 10, SAME, Streaming())
    watched(cluster, random=1.0)

    steps = cluster.steps
    assert steps[:2] == ["initial", "watch 7"]
    assert "initial" in steps[2:]
    assert 3 <= steps[1:].index("initial") <= 9


def test_any_other_error_is_a_list_after_a_pause():
    cluster = Cluster(START, Failing(503, "apiserver is shutting down"), SAME, Streaming())
    watched(cluster)

    assert cluster.steps == ["initial", "watch 7", "initial", "watch 20"]
    assert len(cluster.clock.waits) == 1


def test_a_permanent_403_backs_off_and_logs_once_which_permission_is_missing(caplog):
    cluster = Cluster(*[Failing(403, 'User "paas" cannot watch')] * 6)
    with caplog.at_level(logging.ERROR):
        watched(cluster, random=1.0)

    assert max(cluster.clock.waits) <= 30
    (record,) = [each for each in caplog.records if "403" in each.message]
    assert 'verb "watch" on resource "databases" of API group "paas.internal" in the whole cluster' in record.message


def test_a_stall_without_an_end_is_left_after_the_read_timeout():
    cluster = Cluster(START, Streaming(ends="silent"), Streaming(modified("a", 8)), Streaming())

    assert watched(cluster).short[-1] == "MODIFIED a@8"
    first, second = cluster.asked[1], cluster.asked[2]
    assert second.at - first.at == pytest.approx(first.params["timeoutSeconds"] + 15, abs=1)
    assert cluster.steps[2] == "watch 7"


def test_a_line_may_be_cut_anywhere_even_inside_a_character():
    whole = modified("a", 8, note="Grüße 🐘") + modified("a", 9)
    for size in (1, 3, 7, len(whole) - 1):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        told = watched(Cluster(START, Streaming(*pieces), Streaming()))
        assert told.short[-2:] == ["MODIFIED a@8", "MODIFIED a@9"]
        assert dict(told.events[-2].seen.labels) == {"note": "Grüße 🐘"}


def test_a_line_of_two_megabytes_is_one_event():
    large = item("a", 8)
    large["spec"]["text"] = "x" * 2_000_000
    whole = line("MODIFIED", large)
    told = watched(
        Cluster(START, Streaming(*[whole[at : at + 4096] for at in range(0, len(whole), 4096)]), Streaming())
    )

    assert len(told.events[-1].object["spec"]["text"]) == 2_000_000


@pytest.mark.parametrize("ends", ["cleanly", "broken"])
def test_half_a_line_and_then_the_end_loses_nothing(ends):
    half = modified("a", 8)[:40]
    cluster = Cluster(START, Streaming(half, ends=ends), Streaming(modified("a", 8)), Streaming())

    assert watched(cluster).short[-1] == "MODIFIED a@8"
    assert cluster.steps[2] == "watch 7"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"<html>gateway</html>\n",
        b"[]\n",
        b'{"type": "ADDED"}\n',
        b'{"type": "ADDED", "object": {"metadata": {}}}\n',
        b'{"type": "DANCED", "object": {"metadata": {"resourceVersion": "9"}}}\n',
        b"\xff\xfe\n",
    ],
)
def test_a_line_that_is_no_event_is_listed_over_and_never_quoted(nonsense, caplog):
    cluster = Cluster(
        START,
        Streaming(nonsense, modified("a", 8)),
        Streaming(added("a", 8), added("b", 2), marker(20)),
        Streaming(),
    )

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2", "MODIFIED a@8"]
    assert cluster.steps == ["initial", "watch 7", "initial", "watch 20"]
    assert "gateway" not in caplog.text


def test_what_the_server_sends_again_is_told_once():
    cluster = Cluster(START, Streaming(modified("a", 8), ends="broken"), Streaming(modified("a", 8), added("b", 2)))

    assert watched(cluster).short == ["ADDED a@1", "ADDED b@2", "MODIFIED a@8"]


def test_an_object_that_loses_its_label_ends_with_its_old_labels():
    cluster = Cluster(
        Streaming(added("a", 1, tier="web"), marker(7)), Streaming(deleted("a", 9, tier="cache")), Streaming()
    )
    told = watched(cluster, label_selector="tier=web")

    assert told.short == ["ADDED a@1", "DELETED a@1"]
    assert dict(told.events[1].seen.labels) == {"tier": "web"}


def test_a_deletion_with_a_finalizer_is_modified_and_then_deleted():
    leaving = item("a", 8)
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    cluster = Cluster(START, Streaming(line("MODIFIED", leaving), deleted("a", 9)), Streaming())

    assert watched(cluster).short[-2:] == ["MODIFIED a@8", "DELETED a@8"]


def test_streams_do_not_all_last_equally_long():
    def lasts(random):
        cluster = Cluster(Streaming())
        watched(cluster, random=random)
        return cluster.asked[0].params["timeoutSeconds"]

    assert lasts(0.0) == 60
    assert lasts(1.0) == 120


def test_an_error_line_is_told_in_the_servers_words(caplog):
    watched(Cluster(START, Streaming(error(429, "etcd is slow")), Streaming()))

    assert "etcd is slow" in caplog.text


def test_an_answer_that_nobody_foresaw_does_not_end_the_watch(caplog):
    cluster = Cluster(Answer(200, {}, b"[]"), Page([item("a", 1)], version="5"), Streaming(added("b", 6)), Streaming())

    assert watched(cluster, watch_list=False).short == ["ADDED a@1", "ADDED b@6"]
    assert "A defect of the pack" in caplog.text
