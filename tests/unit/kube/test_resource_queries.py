"""What a rule may ask for in its trigger's parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from paas.errors import InvalidInput
from paas.kube.resource_queries import ResourceQuery

SENSORS = Path(__file__).resolve().parents[3] / "sensors"
FULL = {
    "cluster": "paasA",
    "group": "batch",
    "version": "v1",
    "plural": "jobs",
    "namespace": "shop",
    "label_selector": "app=web",
    "field_selector": "metadata.name=x",
    "events": ["DELETED", "ADDED"],
}


def test_what_is_asked_for_is_read():
    assert ResourceQuery.read(FULL) == ResourceQuery(
        cluster="paasA",
        plural="jobs",
        group="batch",
        version="v1",
        namespace="shop",
        label_selector="app=web",
        field_selector="metadata.name=x",
        events=("ADDED", "DELETED"),
    )


@pytest.mark.parametrize(
    "more",
    [
        {"namespace": None},
        {"namespace": "", "group": ""},
        {"events": []},
        {"events": ["DELETED", "MODIFIED", "ADDED"]},
    ],
)
def test_what_is_empty_or_the_default_is_the_same_question(more):
    plain = ResourceQuery.read({"cluster": "paasA", "plural": "nodes"})
    given = ResourceQuery.read({"cluster": "paasA", "plural": "nodes", **more})

    assert given == plain
    assert given.name == plain.name


@pytest.mark.parametrize("field", sorted(FULL))
def test_a_question_that_differs_anywhere_has_another_name(field):
    other = {**FULL, field: ["MODIFIED"] if field == "events" else f"{FULL[field]}x"}

    assert ResourceQuery.read(other).name != ResourceQuery.read(FULL).name


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"plural": "nodes"}, "`cluster` is None"),
        ({"cluster": "paasA"}, "`plural` is None"),
        ({"cluster": "paasA", "plural": "Nodes"}, "`plural` is 'Nodes'"),
        ({"cluster": "paasA", "plural": "nodes/../secrets"}, "`plural`"),
        ({"cluster": "paasA", "plural": "nodes", "namespace": "a/b"}, "`namespace`"),
        ({"cluster": "paasA", "plural": "nodes", "events": ["CREATED"]}, "ADDED, MODIFIED, DELETED"),
        ({"cluster": "paasA", "plural": "nodes", "events": "ADDED"}, "`events`"),
        ({"cluster": "paasA", "plural": "nodes", "name": "x"}, "`name` is 'x'; expected one of cluster"),
    ],
)
def test_what_cannot_be_watched_is_said_with_what_would_be_right(parameters, words):
    with pytest.raises(InvalidInput) as caught:
        ResourceQuery.read(parameters)
    assert words in str(caught.value)


def test_the_sensors_schema_and_the_code_know_the_same_parameters():
    (trigger,) = yaml.safe_load((SENSORS / "resource_watch_sensor.yaml").read_text())["trigger_types"]
    schema = trigger["parameters_schema"]
    defaults = {name: each["default"] for name, each in schema["properties"].items() if "default" in each}

    assert set(schema["properties"]) == set(ResourceQuery.__dataclass_fields__)
    assert ResourceQuery.read({"cluster": "a", "plural": "b", **defaults}) == ResourceQuery("a", "b")
