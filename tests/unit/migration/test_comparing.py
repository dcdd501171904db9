import copy

from hypothesis import given
from hypothesis import strategies as st

from paas.migration.compare import MOST_DIFFERENCES, contains, differences

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_the_same_does_not_differ(value):
    assert differences(value, copy.deepcopy(value)) == []
    assert contains(value, copy.deepcopy(value))


@given(st.dictionaries(st.text("abc", min_size=1), values), st.dictionaries(st.text("abc", min_size=1), values))
def test_no_difference_means_the_same(left, right):
    assert (differences(left, right) == []) == (left == right)


@given(values, st.text("xyz0123456789", min_size=12, max_size=12))
def test_a_secrets_values_are_never_in_the_words(value, planted):
    wanted = {"data": {"password": planted, "rest": value}, "metadata": {"annotations": {"last": planted}}}
    found = {"data": {"password": "other"}, "metadata": {}}
    assert planted not in str(differences(wanted, found, secret=True))


def test_each_field_is_named_by_its_path():
    wanted = {"spec": {"replicas": 3, "containers": [{"image": "a:1"}, {"image": "b:1"}]}}
    found = {"spec": {"replicas": 5, "containers": [{"image": "a:1"}, {"image": "b:2"}]}}
    shown = [each.as_dict() for each in differences(wanted, found)]
    assert shown == [
        {"field": "spec.containers[1].image", "source": "b:1", "destination": "b:2"},
        {"field": "spec.replicas", "source": "3", "destination": "5"},
    ]


def test_values_that_may_be_secret_are_only_said_to_differ():
    wanted = {
        "spec": {"env": [{"name": "PASSWORD", "value": "hunter2"}], "anything": "hunter2"},
        "data": {"k": "hunter2"},
    }
    found = {"spec": {"env": [{"name": "PASSWORD", "value": "x"}], "anything": "x"}, "data": {"k": "x"}}
    text = str(differences(wanted, found))
    assert "hunter2" not in text
    assert "spec.env[0].value" in text
    assert "data.k" in text


def test_a_field_that_is_missing_is_said_to_be_absent():
    (only,) = differences({"spec": {"a": 1}}, {"spec": {}})
    assert only.as_dict() == {"field": "spec.a", "source": "1", "destination": "absent"}


def test_their_number_is_bounded():
    assert len(differences({str(i): i for i in range(99)}, {})) == MOST_DIFFERENCES


def test_more_may_be_there_than_is_wanted():
    assert contains({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}], "e": 4}})
    assert not contains({"a": [1]}, {"a": [1, 2]})
    assert not contains({"a": None}, {})
