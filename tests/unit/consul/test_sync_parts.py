"""The scope of a pair, the ledger's segments, and the packing of changes into transactions."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.consul.sync.changes import Forget, Put, Remove
from paas.consul.sync.entries import Entry, digest
from paas.consul.sync.ledger import SEGMENT_KEYS, Ledger, Segment, as_value, read_value
from paas.consul.sync.packing import operation, pack, too_large
from paas.consul.sync.scope import Scope, outermost, vault_roots
from paas.consul.transactions import Limits
from paas.settings import SyncPair

names = st.text(min_size=1, max_size=30)
digests = st.text("abc", min_size=20, max_size=20)
entry = st.builds(Entry, digests, st.integers(1, 2**40), st.none()) | st.builds(
    Entry, digests, st.just(0), digests | st.just("")
)


def scope(**settings):
    return Scope(SyncPair(name="p", source="a", destination="b", **settings))


@pytest.mark.parametrize(
    ("settings", "key", "name"),
    [
        ({}, "a/b", "a/b"),
        ({}, "vault/core/x", None),
        ({}, "paas-sync/p/lock", None),
        ({"prefixes": ("shop/",)}, "shop-prod/a", None),
        ({"prefixes": ("shop/",)}, "shop/", "shop/"),
        ({"prefixes": ("vault/",)}, "vault/core/x", "vault/core/x"),
        ({"exclude": ("a/",)}, "vault/x", "vault/x"),
        ({"prefixes": ("", "a/b/"), "exclude": ("a/",)}, "a/b/c", "a/b/c"),
        ({"prefixes": ("", "a/b/"), "exclude": ("a/", "a/b/c/")}, "a/b/c/d", None),
        ({"key_map": {"a/": "x/", "a/b/": "y/"}}, "a/b/c", "y/c"),
        ({"key_map": {"a/": "x/", "a/b/": "y/"}}, "a/c", "x/c"),
        ({"key_map": {"": "copy/"}}, "a/c", "copy/a/c"),
        ({"key_map": {"x/": ""}}, "x/paas-sync/p/lock", None),
    ],
)
def test_a_key_is_carried_under_its_name_or_not_at_all(settings, key, name):
    assert scope(**settings).destination_of(key) == name
    if name is not None:
        assert scope(**settings).origin_of(name) == key


def test_a_name_that_no_key_would_get_has_no_origin():
    assert scope(key_map={"a/": "x/"}).origin_of("a/b") is None
    assert scope(prefixes=("a/",)).origin_of("b") is None


def test_the_folders_that_are_read_and_written_do_not_lie_in_one_another():
    given = scope(prefixes=("a/", "a/b/", "c/"), key_map={"a/b/": "far/", "c/": "a/c/"})
    assert given.reads == ("a/", "c/")
    assert given.writes == ("a/", "far/")


@given(st.lists(st.text("ab/", max_size=5)))
def test_the_outermost_prefixes_cover_all(prefixes):
    found = outermost(prefixes)
    assert all(each.startswith(found) for each in prefixes)
    assert not any(one != other and one.startswith(other) for one in found for other in found)


def test_a_vaults_storage_is_known_by_its_keys():
    keys = {"v/core/seal-config", "v/core/keyring", "half/core/seal-config", "core/seal-config", "core/keyring"}
    assert vault_roots(keys) == ("v/",)


@given(st.dictionaries(names, entry, max_size=20), st.integers(1, 99))
def test_a_segment_reads_as_it_was_written(entries, modified):
    assert read_value(as_value(entries), modified=modified) == entries


def test_an_entry_written_with_its_segment_has_the_segments_index():
    assert read_value(as_value({"a": Entry("d", 0)}), modified=7) == {"a": Entry("d", 7)}


def test_a_name_that_is_no_utf8_survives_in_a_segment():
    assert read_value(as_value({"a\udcff": Entry("d", 3)}), modified=7) == {"a\udcff": Entry("d", 3)}


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "3", '{"a": 3}', '{"a": [1, 2]}', '{"a": []}', '{"a": ["d", "1"]}']
)
def test_what_is_no_segment_is_not_taken_for_one(text):
    assert read_value(base64.b64encode(text.encode()).decode(), modified=1) is None


def put(key, value="dmFsdWU=", cas=0):
    return Put(key, value, 0, digest(value, 0), cas)


@given(st.lists(names, unique=True, max_size=400), st.integers(4, 128))
def test_packing_loses_nothing_and_stays_within_the_limits(keys, operations):
    limits = Limits(operations=operations)
    placed = list(Ledger("l/").place(put(key) for key in keys))
    seen = []
    for chain in pack(placed, limits):
        for transaction in chain:
            changes = [change for _, part in transaction for change in part]
            assert len(changes) + len(transaction) + 1 <= operations
            assert sum(len(operation(change)) for change in changes) < limits.size
            seen += [change.key for change in changes]
    assert sorted(seen) == sorted(keys)


@given(st.lists(st.integers(1, 370_000), max_size=30))
def test_large_values_are_spread_over_transactions(sizes):
    changes = [put(f"k{number}", "x" * size) for number, size in enumerate(sizes)]
    limits = Limits()
    for chain in pack(Ledger("l/").place(each for each in changes if not too_large(each, limits)), limits):
        for transaction in chain:
            assert sum(len(operation(change)) for _, part in transaction for change in part) < limits.size


def test_a_segment_is_in_one_chain_only():
    ledger = Ledger("l/")
    for segment, changes in ledger.place(put(f"k{number}") for number in range(500)):
        ledger.commit(segment, {change.key: Entry(change.digest, 5) for change in changes}, modified=5)
    chains = pack(ledger.place(put(f"k{number}", cas=5) for number in range(0, 500, 7)), Limits(operations=16))
    used = [{segment.key for transaction in chain for segment, _ in transaction} for chain in chains]
    assert sum(map(len, used)) == len(set().union(*used))


def test_new_keys_fill_segments_that_have_room():
    small = Segment("l/small", modified=3, entries={"a": Entry("d", 3)})
    placed = Ledger("l/", [small]).place(put(f"k{number}") for number in range(SEGMENT_KEYS))
    assert [len(changes) for _, changes in placed] == [SEGMENT_KEYS - 1, 1]


def test_what_the_ledger_does_not_hold_is_never_removed():
    assert list(Ledger("l/").place([Remove("a", 3), Forget("b")])) == []


def test_a_ledger_that_is_emptied_has_no_segment_left():
    segment = Segment("l/1", modified=3, entries={"a": Entry("d", 3)})
    ledger = Ledger("l/", [segment])
    assert segment.after([Remove("a", 3)]) == {}
    ledger.commit(segment, {}, modified=0)
    assert (len(ledger), list(ledger.items())) == (0, [])


def test_operations_are_json_whatever_the_key():
    change = put('a"\\\n\x00\u2028😀')
    assert json.loads(operation(change))["KV"]["Key"] == change.key


def test_the_first_segment_is_there_before_the_last_key_is_asked_for():
    asked = []
    changes = (asked.append(number) or put(f"k{number}") for number in range(1000))
    _, first = next(Ledger("l/").place(changes))
    assert len(first) == SEGMENT_KEYS
    assert len(asked) == SEGMENT_KEYS + 1
