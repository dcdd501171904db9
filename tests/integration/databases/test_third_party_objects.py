"""A database asked for by a third-party object of a 1.7 cluster: no schema, no status subresource."""

import json

import pytest

from tests.unit.actions.chains import run_chain


@pytest.fixture
def ask(platform, third_party):
    """Create an object as its author wrote it, run the chain for it, and return what came of it."""

    def ask(again=None, **metadata_or_body):
        name = again["metadata"]["name"] if again else platform.new_name()
        if not again:
            body = {"apiVersion": "stable.example.com/v1", "kind": "RdsInstance", **metadata_or_body}
            body["metadata"] = {**(body.get("metadata") or {}), "name": name}
            platform.kube["paasOld"].create(third_party, body)
        identity = {
            "cluster": "paasOld",
            "namespace": "default",
            "name": name,
            "api_version": "stable.example.com/v1",
            "object_kind": "RdsInstance",
        }
        succeeded, _ = run_chain("db_create_chain", config=platform.config, parameters=identity)
        return succeeded, platform.object(name, cluster="paasOld", collection=third_party)

    return ask


def ready(found):
    return next(each["message"] for each in found["status"]["conditions"] if each["type"] == "Ready")


def test_labels_and_annotations_become_a_database(ask, platform):
    succeeded, found = ask(metadata={"labels": {"type": "mysql"}, "annotations": {"paas.internal/storageGiB": "30"}})
    assert succeeded
    assert found["status"]["phase"] == "Available"
    claim = found["status"]["claim"]
    assert found["metadata"]["annotations"]["paas.internal/claim"] == claim
    assert platform.instance(claim)["AllocatedStorage"] == 30
    name = found["metadata"]["name"]
    assert platform.keys(name, cluster="paasOld")["rds_claim"] == claim
    assert platform.password(name, cluster="paasOld")


def test_what_the_author_wrote_stays_as_it_was(ask):
    _, found = ask(metadata={"labels": {"type": "mysql"}, "annotations": {"team": "shop"}}, color="blue")
    assert found["color"] == "blue"
    assert found["metadata"]["annotations"]["team"] == "shop"
    assert found["metadata"]["labels"] == {"type": "mysql"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"metadata": {"labels": {"type": "oracle"}}}, "databases.allow.engines"),
        ({"spec": "text"}, "`spec` is 'text'"),
        ({"spec": {"storageGiB": -1}}, "`storageGiB` is -1"),
        ({"spec": {"storageGiB": "many"}}, "`storageGiB` is 'many'"),
        ({"spec": {"engine": ["mysql"]}}, "`engine` is ['mysql']"),
        ({"spec": {"engine": "mysqł"}}, "`engine` is 'mysqł'"),
        ({"spec": {"version": 8}}, "`version` is 8"),
        ({"spec": {"engine": "{{ st2kv.system.token }}"}}, "`engine` is '{ { st2kv.system.token }}'"),
        ({"spec": {"databaseName": "x" * 100_000}}, "`databaseName` is 'xxx"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_on_the_object(ask, platform, body, words):
    before = platform.instances()
    succeeded, found = ask(**body)
    assert succeeded
    assert found["status"]["phase"] == "Refused"
    assert words in ready(found)
    assert "claim" not in found["status"]
    assert platform.instances() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"spec": None},
        {"metadata": {"labels": None, "annotations": None}},
        {"status": "text"},
        {"status": {"phase": 5, "conditions": {"a": 1}}},
        {"metadata": {"annotations": {"big": "x" * 200_000}}},
        {"metadata": {"labels": {"type": "mysql"}}, "spec": {"engine": None}},
    ],
    ids=["nothing", "null spec", "null labels", "a status of text", "a made-up status", "much", "null engine"],
)
def test_an_object_of_any_shape_gets_its_database(ask, body):
    succeeded, found = ask(**body)
    assert succeeded
    assert found["status"]["phase"] == "Available"


def test_a_claim_that_the_author_made_up_is_refused(ask, platform):
    succeeded, found = ask(status={"claim": "bank-ledger-k3f7q2m4xa", "phase": "Available"})
    assert succeeded
    assert found["status"]["phase"] == "Refused"
    assert "not minted for this object" in ready(found)


def test_a_copy_that_comes_before_its_claim_waits_for_its_original_and_orders_nothing(ask, platform):
    """Migrated while its original had no claim yet: both clusters' sensors see an object without one."""
    mark = json.dumps({"run": "r", "cluster": "paasA", "uid": "u", "hash": "h", "object": "o", "did": "create"})
    before = platform.instances()
    succeeded, found = ask(metadata={"labels": {"type": "mysql"}, "annotations": {"paas.internal/migrated": mark}})
    assert not succeeded
    assert "whose database is not there yet" in ready(found)
    assert platform.instances() == before
    claim = f"default-{found['metadata']['name']}-k3f7q2m4xa"
    owner = {
        "claim": claim,
        "cluster": "paasA",
        "namespace": "default",
        "name": found["metadata"]["name"],
        "api-version": "stable.example.com/v1",
        "kind": "RdsInstance",
    }
    platform.aws.call(
        "rds",
        "create_db_instance",
        target="it",
        DBInstanceIdentifier=claim,
        Engine="mysql",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        Tags=[{"Key": f"paas.internal/{key}", "Value": value} for key, value in owner.items()],
    )
    succeeded, found = ask(again=found)
    assert succeeded
    assert (found["status"]["claim"], found["status"]["owner"]) == (claim, "paasA")
    assert sorted(platform.instances()) == sorted([*before, claim])
