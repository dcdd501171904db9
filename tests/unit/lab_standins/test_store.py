"""The Consul stand-in's state against a plain dictionary, whatever is done to it, and after a restart."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.standins.consul import operations
from lab.standins.consul.journal import Journal
from lab.standins.consul.operations import Operation
from lab.standins.consul.store import Rejected, Store

KEYS = st.binary(min_size=1, max_size=3).map(lambda key: key.replace(b"\x02", b"/"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), KEYS, st.binary(max_size=3)),
        st.tuples(st.just("delete"), KEYS),
        st.tuples(st.just("tree"), st.binary(max_size=2)),
        st.tuples(st.just("undone"), KEYS, KEYS),
    ),
    max_size=30,
)


def do(store, known, step):
    kind, key, *rest = step
    try:
        with store.change() as change:
            if kind == "set":
                operations.put(change, Operation("set", key, rest[0]))
                known[key] = rest[0]
            elif kind == "delete":
                operations.delete(change, key)
                known.pop(key, None)
            elif kind == "tree":
                change.delete_tree(key)
                for name in [name for name in known if name.startswith(key)]:
                    del known[name]
            else:
                operations.put(change, Operation("set", key, b"undone"))
                operations.delete(change, rest[0])
                change.delete_tree(key[:1])
                raise Rejected("undone")
    except Rejected:
        pass


def contents(store):
    return {key: entry.value or b"" for key, entry in store.state.entries.items()}


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_is_done_the_keys_are_right_in_order_and_survive_a_restart(steps):
    with tempfile.TemporaryDirectory() as directory:
        store, known = Store(Journal(Path(directory))), {}
        for step in steps:
            do(store, known, step)
            assert contents(store) == known
            assert store.state.keys == sorted(known)
        index, entries = operations.list_under(store.state, b"")
        store.journal.close()
        again = Store(Journal(Path(directory)))
        assert operations.list_under(again.state, b"") == (index, entries)
        assert again.state.tombstones == store.state.tombstones
        again.journal.close()


@settings(max_examples=100, deadline=None)
@given(STEPS, st.binary(max_size=2))
def test_the_index_of_a_list_never_falls(steps, prefix):
    with tempfile.TemporaryDirectory() as directory:
        store, known, before = Store(Journal(Path(directory))), {}, 0
        for step in steps:
            do(store, known, step)
            index, entries = operations.list_under(store.state, prefix)
            if entries:
                assert index >= before
                before = index
        store.journal.close()
