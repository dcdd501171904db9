import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.migration.transforms import Transform, TransformFailed, merged
from tests.unit.migration.objects import live

values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def one(**given):
    (transform,) = Transform.load_all([given])
    return transform


def test_it_is_for_the_objects_that_it_names():
    obj = live("apps/v1", "Deployment", "web", "shop", metadata={"labels": {"app": "web"}})
    assert one(merge={}).fits(obj)
    assert one(kind="Deployment", namespace="sh*", name="web", labels={"app": "web"}, merge={}).fits(obj)
    for other in ({"kind": "StatefulSet"}, {"namespace": "b"}, {"name": "w"}, {"labels": {"app": "x"}}):
        assert not one(**other, merge={}).fits(obj)


def test_a_json_patch_changes_a_copy():
    obj = live("v1", "ConfigMap", data={"a": "1"})
    before = copy.deepcopy(obj)
    after = one(
        patch=[{"op": "replace", "path": "/data/a", "value": "2"}, {"op": "add", "path": "/data/b", "value": "3"}]
    ).apply(obj)
    assert after["data"] == {"a": "2", "b": "3"}
    assert obj == before


def test_a_patch_that_does_not_fit_says_so_without_the_document():
    secret = live("v1", "Secret", data={"password": "c2VjcmV0"})
    with pytest.raises(TransformFailed) as raised:
        one(patch=[{"op": "remove", "path": "/data/none"}]).apply(secret)
    assert "c2VjcmV0" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "merge", [{"metadata": {"name": "x"}}, {"kind": "X"}, {"metadata": None}, {"metadata": {"namespace": "x"}}]
)
def test_it_may_not_make_another_object_of_it(merge):
    with pytest.raises(TransformFailed):
        one(merge=merge).apply(live("v1", "ConfigMap"))


@given(values, values)
def test_a_merge_patch_applied_twice_is_applied_once(target, patch):
    once = merged(target, patch)
    assert merged(once, patch) == once


@given(st.dictionaries(st.text(max_size=2), values, max_size=3))
def test_an_empty_merge_patch_changes_nothing(target):
    assert merged(target, {}) == target


def test_a_merge_patch_takes_away_what_is_null():
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": {"e": None}}}) == {"a": {"c": 2, "d": {}}}
