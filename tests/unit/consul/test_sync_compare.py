"""Three states compared: properties that hold whatever the states are."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from paas.consul.listing import Listed
from paas.consul.sync.changes import Forget, Note, Put, Remove
from paas.consul.sync.compare import compare
from paas.consul.sync.entries import Entry, Held, digest
from paas.consul.sync.scope import Scope
from paas.settings import SyncPair

KEYS = ["a", "b", "c", "gone/d"]
VALUES = ["1", "2", "3"]
SCOPE = Scope(SyncPair(name="p", source="x", destination="y"))


def listed(value):
    return Listed(base64.b64encode(value.encode()).decode(), 0, 1, "")


def mark(value):
    return digest(listed(value).value, 0)


values = st.sampled_from(VALUES)
sources = st.dictionaries(st.sampled_from(KEYS), values.map(listed))
destinations = st.dictionaries(
    st.sampled_from(KEYS), st.builds(Held, values.map(mark), st.integers(1, 3), st.booleans())
)
entries = st.builds(Entry, values.map(mark), st.integers(1, 3), st.none()) | st.builds(
    Entry, values.map(mark), st.just(0), st.just("") | values.map(mark)
)
ledgers = st.dictionaries(st.sampled_from(KEYS), entries)


def planned(source, destination, ledger, *, repair=False, adopt=False):
    return compare(source, destination, ledger, scope=SCOPE, repair=repair, adopt=adopt)


def applied(plan, destination, ledger, source):
    """The model's destination and ledger after a plan."""
    destination, ledger = dict(destination), dict(ledger)
    for change in plan.changes:
        match change:
            case Put(key, _, _, written, cas):
                there = destination.get(key)
                assert (there.modified if there else 0) == cas
                destination[key], ledger[key] = Held(written, 9, False), Entry(written, 9)
            case Remove(key, cas):
                assert destination.pop(key).modified == cas
                del ledger[key]
            case Note(key, entry):
                ledger[key] = entry
            case Forget(key):
                del ledger[key]
    return destination, ledger


@given(sources, destinations, ledgers, st.booleans(), st.booleans())
def test_only_what_the_ledger_holds_and_nobody_changed_is_deleted(source, destination, ledger, repair, adopt):
    for remove in planned(source, destination, ledger, repair=repair, adopt=adopt).deletes:
        assert remove.key not in source
        assert destination[remove.key].digest in (ledger[remove.key].digest, ledger[remove.key].previous)
        assert ledger[remove.key].modified in (0, destination[remove.key].modified)
        assert not destination[remove.key].locked


@given(sources, destinations)
def test_without_a_ledger_nothing_that_is_there_is_touched(source, destination):
    plan = planned(source, destination, {})
    assert plan.deletes == plan.updates == []
    assert all(put.key not in destination for put in plan.creates)


@given(sources, destinations, ledgers)
def test_what_somebody_changed_is_not_overwritten_without_the_policy(source, destination, ledger):
    for put in planned(source, destination, ledger).updates:
        assert destination[put.key].digest in (ledger[put.key].digest, ledger[put.key].previous)


@given(sources, destinations, ledgers, st.booleans())
def test_what_somebody_locks_is_not_touched(source, destination, ledger, repair):
    plan = planned(source, destination, ledger, repair=repair)
    for change in (*plan.updates, *plan.deletes):
        assert not destination[change.key].locked


@given(sources, destinations, ledgers, st.booleans(), st.booleans())
def test_twice_is_once(source, destination, ledger, repair, adopt):
    plan = planned(source, destination, ledger, repair=repair, adopt=adopt)
    after, ledger_after = applied(plan, destination, ledger, source)
    again = planned(source, after, ledger_after, repair=repair, adopt=adopt)
    assert again.changes == []
    assert dict(again.differences.by_reason) == dict(plan.differences.by_reason)


@given(sources, destinations, ledgers, st.booleans())
def test_what_is_not_reported_is_equal_afterwards(source, destination, ledger, repair):
    plan = planned(source, destination, ledger, repair=repair)
    after, _ = applied(plan, destination, ledger, source)
    reported = {key for keys in plan.differences.by_reason.values() for key in keys}
    for key in set(KEYS) - reported:
        if key in source:
            assert after[key].digest == digest(source[key].value, 0)
        elif key in ledger:
            assert key not in after


def test_a_key_that_is_no_longer_carried_is_neither_deleted_nor_counted_as_different():
    scope = Scope(SyncPair(name="p", source="x", destination="y", prefixes=("kept/",)))
    destination, ledger = {"gone/d": Held(mark("1"), 2, False)}, {"gone/d": Entry(mark("1"), 2)}
    plan = compare({}, destination, ledger, scope=scope, repair=False, adopt=False)
    assert plan.deletes == []
    assert plan.differences.by_reason["no_longer_carried"] == ["gone/d"]
    assert len(plan.differences) == 0
