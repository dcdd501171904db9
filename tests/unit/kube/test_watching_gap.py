"""What happened while nobody watched: lists compared with what was told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.kube.scripted import Cluster, Failing, Memory, Page, Streaming, added, deleted, item, marker, watched

START = Streaming(added("a", 1, tier="web"), added("b", 2), marker(7))


def test_what_was_deleted_in_the_gap_ends_exactly_once_with_what_is_known_of_it():
    cluster = Cluster(
        START,
        Failing(410),
        Streaming(added("b", 2), marker(20)),
        Failing(410),
        Streaming(added("b", 2), marker(30)),
        Streaming(),
    )
    told = watched(cluster)

    assert told.short == ["ADDED a@1", "ADDED b@2", "DELETED a@1"]
    assert told.events[2].object is None
    assert dict(told.events[2].seen.labels) == {"tier": "web"}
    assert told.events[2].seen.uid == "uid-a"


def test_what_was_recreated_under_its_name_is_deleted_and_added():
    cluster = Cluster(
        START, Failing(410), Streaming(added("a", 15, uid="second"), added("b", 2), marker(20)), Streaming()
    )
    told = watched(cluster)

    assert told.short[2:] == ["DELETED a@1", "ADDED a@15"]
    assert [event.seen.uid for event in told.events[2:]] == ["uid-a", "second"]


def test_what_changed_is_modified_and_what_did_not_is_not_told():
    cluster = Cluster(START, Failing(410), Streaming(added("a", 9), added("b", 2), marker(20)), Streaming())

    assert watched(cluster).short[2:] == ["MODIFIED a@9"]


def test_an_object_of_the_same_name_in_another_namespace_is_another_object():
    cluster = Cluster(
        Streaming(added("a", 1), added("a", 2, uid="u2", namespace="other"), marker(7)),
        Streaming(deleted("a", 9, uid="u2", namespace="other")),
        Streaming(),
    )
    told = watched(cluster)

    assert [event.key for event in told.events] == [("shop", "a"), ("other", "a"), ("other", "a")]


def test_the_end_of_a_list_of_pages_tells_what_it_lacks():
    cluster = Cluster(
        Page([item("a", 1), item("b", 2)]),
        Failing(410),
        Page([item("c", 3)], more="t"),
        Page([item("b", 2)]),
        Streaming(),
    )

    assert watched(cluster, watch_list=False).short == ["ADDED a@1", "ADDED b@2", "ADDED c@3", "DELETED a@1"]


def test_a_list_that_breaks_off_ends_nothing():
    cluster = Cluster(
        Page([item("a", 1), item("b", 2)]),
        Failing(410),
        Page([item("a", 1)], more="t"),
        Failing(503),
        Page([item("a", 1), item("b", 2)]),
        Streaming(),
    )

    assert watched(cluster, watch_list=False).short == ["ADDED a@1", "ADDED b@2"]


names = st.sampled_from("abcdef")
states = st.dictionaries(names, st.tuples(st.integers(1, 2), st.integers(1, 3)), max_size=6)


def page_of(state):
    return Page([item(name, f"{uid}{version}", uid=f"{name}{uid}") for name, (uid, version) in state.items()])


@given(st.lists(states, min_size=1, max_size=5), st.integers(0, 4))
def test_whatever_happens_in_gaps_and_restarts_the_events_lead_to_what_is_there(history, restart_after):
    """Replaying the events from nothing gives the last list, without an event that changes nothing."""
    datastore, told = Memory(), []
    for part in (history[:restart_after], history[restart_after:]):
        answers = [each for state in part for each in (page_of(state), Failing(410))]
        if answers:
            told += watched(Cluster(*answers), datastore=datastore, watch_list=False).events

    there: dict[str, tuple[str, str]] = {}
    for event in told:
        name = event.key[1]
        if event.type == "ADDED":
            assert name not in there
        elif event.type == "MODIFIED":
            assert there[name][0] == event.seen.uid
            assert there[name] != (event.seen.uid, event.seen.version)
        else:
            assert there.pop(name) == (event.seen.uid, event.seen.version)
        if event.type != "DELETED":
            there[name] = (event.seen.uid, event.seen.version)
    assert there == {name: (f"{name}{uid}", f"{uid}{version}") for name, (uid, version) in history[-1].items()}
