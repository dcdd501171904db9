"""The ResourceWatch sensor in a process of its own, on a cluster: rules say what is watched."""

from __future__ import annotations

import itertools
import json
import os

import pytest

from tests.integration.watch.running import client_of, eventually

pytestmark = pytest.mark.parametrize("sensor", ["ResourceWatchSensor"], indirect=True)
_NUMBERS = itertools.count(1)
NAMESPACES = "/api/v1/namespaces"
SECRET = "aHVudGVyMg=="


@pytest.fixture
def client(endpoint):
    return client_of(endpoint)


@pytest.fixture
def namespace(client) -> str:
    name = f"t{next(_NUMBERS)}-{os.getpid()}"
    client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def config_map(client, namespace: str, name: str, **labels: str) -> None:
    metadata = {"name": name, "labels": labels}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}}
    client.create(f"{NAMESPACES}/{namespace}/configmaps", body)


def secret(client, namespace: str, name: str, kind: str) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": kind,
        "data": {"password": SECRET},
    }
    client.create(f"{NAMESPACES}/{namespace}/secrets", body)


def test_a_rule_says_which_objects_of_which_namespace_are_told(sensor, client, namespace):
    sensor.triggers(
        web={"cluster": "paasA", "plural": "configmaps", "namespace": namespace, "label_selector": "tier=web"}
    )
    sensor.start()
    config_map(client, namespace, "web", tier="web")
    config_map(client, namespace, "db", tier="db")
    config_map(client, "default", f"web-{namespace}", tier="web")
    (payload,) = sensor.told("ADDED web")

    assert payload["object_kind"] == "ConfigMap"
    assert payload["plural"] == "configmaps"
    assert payload["fields"] == {"data": {"a": "1"}}


def test_an_object_that_loses_its_label_is_told_to_have_gone_with_its_old_labels(sensor, client, namespace):
    sensor.triggers(
        web={"cluster": "paasA", "plural": "configmaps", "namespace": namespace, "label_selector": "tier=web"}
    )
    sensor.start()
    config_map(client, namespace, "x", tier="web")
    sensor.told("ADDED x")
    client.patch(f"{NAMESPACES}/{namespace}/configmaps/x", {"metadata": {"labels": {"tier": "db"}}})

    assert sensor.told("ADDED x", "DELETED x")[1]["labels"] == {"tier": "web"}


def test_a_secret_of_a_type_is_told_and_its_data_never(sensor, client, namespace):
    sensor.triggers(
        tokens={
            "cluster": "paasA",
            "plural": "secrets",
            "namespace": namespace,
            "field_selector": "type=example.com/token",
        }
    )
    sensor.start()
    secret(client, namespace, "mine", "example.com/token")
    secret(client, namespace, "other", "Opaque")
    (payload,) = sensor.told("ADDED mine")

    assert payload["fields"] == {"type": "example.com/token", "data_keys": ["password"]}
    everything = b"".join(path.read_bytes() for path in sensor.directory.rglob("*") if path.is_file())
    assert SECRET.encode() not in everything
    assert b"hunter2" not in everything


def test_rules_come_and_go_while_it_runs(sensor, client, namespace):
    sensor.triggers()
    sensor.start()
    one = {"cluster": "paasA", "plural": "configmaps", "namespace": namespace}
    sensor.triggers(one=one)
    config_map(client, namespace, "first")
    eventually(lambda: sensor.payloads(name="first"))
    sensor.saved()
    before = positions(sensor)
    sensor.triggers(two={**one, "events": ["DELETED"]})
    eventually(lambda: positions(sensor) and not positions(sensor) & before)
    config_map(client, namespace, "second")
    client.delete(f"{NAMESPACES}/{namespace}/configmaps/first")
    eventually(lambda: sensor.payloads(name="first", resource="DELETED"))

    assert sensor.payloads(name="second") == []


def positions(sensor) -> set[str]:
    return {path.name for path in (sensor.directory / "datastore").glob("kubernetes.watch.*.resource.*")}


def test_a_restart_tells_what_was_missed_and_repeats_nothing(sensor, client, namespace):
    sensor.triggers(all={"cluster": "paasA", "plural": "configmaps", "namespace": namespace, "label_selector": "t"})
    sensor.start()
    config_map(client, namespace, "a", t="1")
    sensor.told("ADDED a")
    sensor.stop()
    config_map(client, namespace, "b", t="1")
    sensor.start()

    sensor.told("ADDED a", "ADDED b")


def test_a_resource_that_is_not_served_yet_is_watched_once_it_is(sensor, group):
    sensor.triggers(widgets={"cluster": "paasA", "group": group.name, "plural": "widgets"})
    sensor.start()
    eventually(lambda: "cannot begin yet" in sensor.log)
    group.define()
    group.create("a")

    sensor.told("ADDED a", timeout=30)


def test_how_each_watch_is_doing_is_published(sensor, client, namespace):
    sensor.triggers(
        good={"cluster": "paasA", "plural": "configmaps", "namespace": namespace, "label_selector": "t"},
        bad={"cluster": "paasA", "plural": "configmaps", "label_selector": "a in ("},
    )
    sensor.start()
    config_map(client, namespace, "a", t="1")
    sensor.told("ADDED a")
    published = sensor.directory / "datastore" / "kubernetes.watch_status.ResourceWatchSensor"
    eventually(lambda: published.exists() and len(json.loads(published.read_text())["watches"]) == 2)
    sensor.stop()
    watches = {each["counts"].get("added", 0): each for each in json.loads(published.read_text())["watches"]}

    assert watches[1]["counts"]["streams"] >= 1
    assert watches[1]["error"] is None
    assert "answered 400" in watches[0]["error"]
