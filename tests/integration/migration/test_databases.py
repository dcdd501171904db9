"""A Database that moves to another cluster adopts its RDS instance; a second one never appears."""

from __future__ import annotations

import json

import pytest

from tests.integration.migration.world import definition
from tests.unit.actions.chains import run_action, run_chain
from tests.unit.actions.platform import Platform, wait_until_served

THIRD_PARTY = "/apis/stable.example.com/v1/namespaces/default/rdsinstances"
OBJECT = {"namespace": "default", "name": "orders"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    platform = Platform(tmp_path_factory.mktemp("adoption"))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


def test_it_arrives_with_its_claim_and_adopts_the_instance_that_is_there(platform, tmp_path):
    platform.create("orders")
    for chain in ("db_create_chain", "db_publish_chain"):
        run_chain(chain, config=platform.config, parameters={"cluster": "paasA", **OBJECT})
    claim = platform.object("orders")["status"]["claim"]
    assert platform.instances() == [claim]

    succeeded, result = run_action(
        "migrate_namespace",
        config=platform.config,
        parameters={
            "namespace": "default",
            "source": "paasA",
            "destination": "paasB",
            "report_folder": str(tmp_path),
        },
    )
    assert succeeded, result
    arrived = platform.object("orders", cluster="paasB")
    assert arrived["metadata"]["annotations"]["paas.internal/claim"] == claim
    assert "finalizers" not in arrived["metadata"], "nothing in paasB has asked for one yet"

    _, done = run_chain("db_create_chain", config=platform.config, parameters={"cluster": "paasB", **OBJECT})
    assert platform.instances() == [claim], done
    assert platform.object("orders", cluster="paasB")["status"]["claim"] == claim
    said = "".join(file.read_text() for file in tmp_path.iterdir()) + str(result)
    assert platform.password("orders") not in said


def test_one_that_is_only_being_asked_for_waits_until_it_has_its_claim(platform, tmp_path):
    platform.create("waiting")
    succeeded, result = run_action(
        "migrate_plan",
        config=platform.config,
        parameters={"source": "paasA", "destination": "paasB", "kinds": ["Database"], "report_folder": str(tmp_path)},
    )
    assert succeeded, result
    reason = "no claim yet; migrate it when it has one"
    assert result["left_behind"]["databases.paas.internal"] == {reason: 1}
    assert result["warnings"] == [f"databases.paas.internal default/waiting stays behind: {reason}"]


@pytest.fixture
def third_party(platform):
    """A kind of somebody else's, served in both clusters, whose label asks for a database."""
    for client in platform.kube.values():
        crd = definition("RdsInstance", "stable.example.com")
        client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
        wait_until_served(client, THIRD_PARTY)
    return {"api_version": "stable.example.com/v1", "object_kind": "RdsInstance"}


def test_a_labelled_third_party_object_is_first_seen_with_its_claim_and_orders_no_second_database(
    platform, third_party, tmp_path
):
    asked = {"name": "ledger", "labels": {"type": "mysql"}}
    body = {"apiVersion": "stable.example.com/v1", "kind": "RdsInstance", "metadata": asked}
    platform.kube["paasA"].create(THIRD_PARTY, body)
    identity = {"namespace": "default", "name": "ledger", **third_party}
    run_chain("db_create_chain", config=platform.config, parameters={"cluster": "paasA", **identity})
    claim = platform.object("ledger", collection=THIRD_PARTY)["metadata"]["annotations"]["paas.internal/claim"]
    before = platform.instances()
    assert claim in before

    paas_b = platform.kube["paasB"]
    since = paas_b.call("GET", THIRD_PARTY)["metadata"]["resourceVersion"]
    chosen = {"source": "paasA", "destination": "paasB", "kinds": ["RdsInstance"], "report_folder": str(tmp_path)}
    succeeded, result = run_action("migrate_cluster", config=platform.config, parameters=chosen)
    assert succeeded, result
    watch = {"watch": "1", "resourceVersion": since, "timeoutSeconds": 1}
    events = [json.loads(line) for line in b"".join(paas_b.stream(THIRD_PARTY, watch, timeout=30)).splitlines()]
    # One write: at no moment does a watch see the copy without its claim.
    assert [each["type"] for each in events] == ["ADDED"]
    assert events[0]["object"]["metadata"]["annotations"]["paas.internal/claim"] == claim

    _, done = run_chain("db_create_chain", config=platform.config, parameters={"cluster": "paasB", **identity})
    assert platform.instances() == before, done
    status = platform.object("ledger", cluster="paasB", collection=THIRD_PARTY)["status"]
    assert (status["claim"], status["owner"]) == (claim, "paasA")
