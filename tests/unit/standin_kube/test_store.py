"""The store: whatever was written, a page is what the collection was at its version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.standins.kube.store import Store, TooOld

WRITES = st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), min_size=1, max_size=40)


def write(store, name, deletes):
    """Put or remove an object; returns what the collection is after it."""
    with store.lock:
        if not deletes:
            store.put("t", name, {"metadata": {"name": name}})
        elif store.get("t", name):
            store.remove("t", name)
    return [one.key for one in store.page("t")[0]], store.version


@given(WRITES)
def test_a_page_of_a_past_version_is_as_it_was(writes):
    store = Store()
    moments = [write(store, name, deletes) for name, deletes in writes]
    for keys, version in moments:
        assert [one.key for one in store.page("t", version=version)[0]] == keys


@given(WRITES, st.integers(1, 4))
def test_pages_together_are_the_whole(writes, limit):
    store = Store()
    for name, deletes in writes:
        keys, version = write(store, name, deletes)
    found, after = [], ""
    for _ in range(len(keys) + 1):
        page, _, more = store.page("t", after=after, limit=limit, version=version)
        found += [one.key for one in page]
        assert more == len(keys) - len(found)
        if not more:
            break
        after = page[-1].key
    assert found == keys


@given(WRITES, st.data())
def test_the_events_since_a_version_lead_to_now(writes, data):
    store = Store()
    moments = [write(store, name, deletes) for name, deletes in writes]
    keys, version = data.draw(st.sampled_from(moments))
    state = set(keys)
    for event in store.table("t").since(store.position("t", version)):
        assert event.version > version
        state = state | {event.now.key} if event.type != "DELETED" else state - {event.now.key}
    assert sorted(state) == moments[-1][0]


def test_history_is_bounded():
    store = Store(history=10)
    for number in range(100):
        write(store, f"n{number}", False)
    assert len(store.table("t").events) <= 11
    with pytest.raises(TooOld):
        store.position("t", 5)
    with pytest.raises(TooOld):
        store.page("t", version=5)


def test_a_watcher_slower_than_the_history_is_told():
    store = Store(history=10)
    position = store.table("t").end
    for number in range(100):
        write(store, f"n{number}", False)
    assert store.table("t").since(position) is None


def test_after_a_compaction_the_past_is_gone_and_the_present_is_not():
    store = Store()
    _, version = write(store, "a", False)
    write(store, "b", False)
    store.compact()
    with pytest.raises(TooOld):
        store.position("t", version)
    assert store.position("t", store.version) == store.table("t").end
    assert [one.key for one in store.page("t", version=store.version)[0]] == ["a", "b"]


def test_a_table_first_used_after_a_compaction_has_no_past_either():
    store = Store()
    write(store, "a", False)
    store.compact()
    with pytest.raises(TooOld):
        store.position("other", 1)


def test_one_namespace_does_not_run_into_the_next():
    store = Store()
    for key in ("a/x", "a-b/x", "ab/x", "a/y"):
        with store.lock:
            store.put("t", key, {"metadata": {"name": key}})
    assert [one.key for one in store.page("t", prefix="a/")[0]] == ["a/x", "a/y"]


def test_an_object_is_encoded_under_the_version_asked_for():
    store = Store()
    with store.lock:
        stored = store.put("t", "a", {"apiVersion": "v1", "kind": "Old", "metadata": {"name": "a"}, "x": "ü"})
    assert stored.encoded("v2", "New") == (
        '{"apiVersion":"v2","kind":"New","metadata":{"name":"a","resourceVersion":"2"},"x":"ü"}'.encode()
    )
    assert stored.bare().startswith(b'{"metadata"')
