"""Events as triggers carry them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from paas.kube import payloads
from paas.kube.watching import Event, Seen, Source

SENSORS = Path(__file__).resolve().parents[3] / "sensors"
DATABASES = Source("paasA", "/apis/paas.internal/v1/databases", "Database", "paas.internal/v1")
SECRETS = Source("paasA", "/api/v1/secrets", "Secret", "v1")
NODES = Source("paasA", "/api/v1/nodes", "Node", "v1")


def event(kind="ADDED", item=None, *, namespace="shop", labels=()):
    return Event(kind, (namespace, "orders"), Seen("u1", "7", tuple(labels), "3"), item)


def schema_of(file: str) -> dict:
    """The schema of the trigger that a sensor names first."""
    return yaml.safe_load((SENSORS / file).read_text())["trigger_types"][0]["payload_schema"]


def validate(payload: dict, schema: dict) -> None:
    # StackStorm writes `required: true` in each property, as draft 3 did.
    jsonschema.Draft3Validator(schema).validate(payload)


DATABASE = {
    "apiVersion": "paas.internal/v1",
    "kind": "Database",
    "metadata": {"name": "orders", "generation": 2, "annotations": {payloads.LAST_APPLIED: "{}", "kept": "1"}},
    "spec": {"engine": "mysql"},
    "status": {"phase": "Pending"},
}


def test_an_object_is_told_whole():
    payload = payloads.third_party(event(item=DATABASE, labels=[("type", "mysql")]), DATABASES)

    assert payload == {
        "cluster": "paasA",
        "resource": "ADDED",
        "object_kind": "Database",
        "api_version": "paas.internal/v1",
        "name": "orders",
        "namespace": "shop",
        "uid": "u1",
        "labels": {"type": "mysql"},
        "annotations": {"kept": "1"},
        "spec": {"engine": "mysql"},
        "status": {"phase": "Pending"},
        "resource_version": "7",
        "generation": 2,
        "deletion_timestamp": "",
        "partial": False,
        "event_id": "u1.7.ADDED",
    }


@pytest.mark.parametrize(
    "item",
    [
        None,
        {},
        {"metadata": None, "spec": None, "status": None},
        {"metadata": {"labels": None, "annotations": None}},
        {"spec": "a text", "status": ["a list"]},
        DATABASE,
    ],
)
@pytest.mark.parametrize("kind", ["ADDED", "MODIFIED", "DELETED"])
def test_whatever_is_missing_the_payload_fits_its_schema(item, kind):
    told = event(kind, item)

    validate(payloads.third_party(told, DATABASES), schema_of("third_party_resource_sensor.yaml"))
    validate(payloads.resource(told, NODES), schema_of("resource_watch_sensor.yaml"))


def test_no_field_is_ever_null():
    assert None not in payloads.resource(event("DELETED"), NODES).values()


def test_a_deletion_that_was_noticed_later_says_that_the_rest_is_not_known():
    payload = payloads.third_party(event("DELETED", labels=[("type", "mysql")]), DATABASES)

    assert payload["partial"]
    assert payload["labels"] == {"type": "mysql"}
    assert payload["object_kind"] == "Database"
    assert payload["spec"] == {}


SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "type": "Opaque",
    "metadata": {"name": "db", "annotations": {payloads.LAST_APPLIED: '{"data": {"password": "aHVudGVyMg=="}}'}},
    "data": {"password": "aHVudGVyMg=="},
    "stringData": {"user": "hunter2"},
}


@pytest.mark.parametrize("build", [payloads.third_party, payloads.resource])
@pytest.mark.parametrize("item", [SECRET, {name: value for name, value in SECRET.items() if name != "kind"}])
def test_a_secrets_data_does_not_leave(build, item):
    text = json.dumps(build(event(item=item), SECRETS))

    assert "aHVudGVyMg" not in text
    assert "hunter2" not in text


def test_of_a_secret_the_type_and_the_names_of_its_data_are_told():
    payload = payloads.resource(event(item=SECRET), SECRETS)

    assert payload["fields"] == {"type": "Opaque", "data_keys": ["password", "user"]}


def test_other_fields_of_an_object_are_told():
    config_map = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {}, "data": {"a": "b"}, "immutable": True}
    source = Source("paasA", "/api/v1/configmaps", "ConfigMap", "v1")

    assert payloads.resource(event(item=config_map), source)["fields"] == {"data": {"a": "b"}, "immutable": True}


def test_a_crds_schemas_are_left_out():
    crd = {
        "kind": "CustomResourceDefinition",
        "metadata": {},
        "spec": {"group": "g", "validation": {}, "versions": [{"name": "v1", "served": True, "schema": {"x": 1}}]},
    }

    spec = payloads.third_party(event(item=crd), DATABASES)["spec"]
    assert spec == {"group": "g", "versions": [{"name": "v1", "served": True}]}


def test_what_lives_in_no_namespace_has_an_empty_one():
    assert payloads.resource(event(item={}, namespace=""), NODES)["namespace"] == ""
