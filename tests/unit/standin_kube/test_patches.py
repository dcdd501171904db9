"""Patches as pure functions."""

from hypothesis import given
from hypothesis import strategies as st

from lab.standins.kube.ownership import as_fields, as_paths, leaves
from lab.standins.kube.patches import merge, strategic

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=2), JSON, max_size=4)


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    return value


@given(OBJECTS, OBJECTS)
def test_merged_twice_is_merged_once(value, patch):
    assert merge(merge(value, patch), patch) == merge(value, patch)


@given(OBJECTS)
def test_an_empty_patch_changes_nothing(value):
    assert merge(value, {}) == value


@given(OBJECTS)
def test_onto_nothing_a_patch_is_itself_without_its_nulls(patch):
    assert merge({}, patch) == without_nulls(patch)


@given(OBJECTS, OBJECTS)
def test_a_merge_does_not_touch_what_it_was_given(value, patch):
    before = repr((value, patch))
    merge(value, patch)
    assert repr((value, patch)) == before


@given(OBJECTS)
def test_the_paths_of_an_object_survive_their_fields_form(value):
    paths = set(leaves({"spec": value}, {}))
    assert as_paths(as_fields(paths)) == paths


def test_items_are_merged_by_their_names_and_others_stay():
    value = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}
    found = strategic(value, {"containers": [{"name": "b", "image": "2"}]})
    assert found == {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]}


def test_a_list_without_names_is_replaced():
    assert strategic({"args": ["a", "b"]}, {"args": ["c"]}) == {"args": ["c"]}


def test_values_are_taken_from_a_plain_list_by_name():
    assert strategic({"finalizers": ["a", "b"]}, {"$deleteFromPrimitiveList/finalizers": ["a"]}) == {
        "finalizers": ["b"]
    }
