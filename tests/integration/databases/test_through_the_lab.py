"""A whole lab: hostile objects, events that come twice, late and out of order, and people in Slack."""

import time

import pytest

import lab.aws
from lab.demo.databases import EVENT, SENSOR, database
from lab.demo.stage import raised
from paas.errors import ServerError

pytestmark = pytest.mark.slow

WITHIN = 120.0
COLLECTION = "/apis/paas.internal/v1/namespaces/shop/rdsinstances"
UNKNOWN_VERSION = {
    "code": "InvalidParameterCombination",
    "message": "Cannot find version 8.0.99 for mysql",
    "status": 400,
}
# An open kind: no schema, so that anything at all may stand in its objects.
OPEN_KIND = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "rdsinstances.paas.internal"},
    "spec": {
        "group": "paas.internal",
        "scope": "Namespaced",
        "names": {"kind": "RdsInstance", "plural": "rdsinstances", "singular": "rdsinstance"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
MYSQL = {"labels": {"type": "mysql"}}
# Name: its body, the phase that it comes to, and what its condition says.
HOSTILE = {
    "no-labels": ({}, None, ""),
    "null-labels": ({"metadata": {"labels": None, "annotations": None}}, None, ""),
    "another-type": ({"metadata": {"labels": {"type": "oracle"}}}, None, ""),
    "unknown-engine": ({"metadata": MYSQL, "spec": {"engine": "oracle"}}, "Refused", "databases.allow.engines"),
    "negative-storage": ({"metadata": MYSQL, "spec": {"storageGiB": -1}}, "Refused", "`storageGiB` is -1"),
    "storage-of-words": ({"metadata": MYSQL, "spec": {"storageGiB": "many"}}, "Refused", "`storageGiB` is 'many'"),
    "spec-of-text": ({"metadata": MYSQL, "spec": "text"}, "Refused", "`spec` is 'text'"),
    "engine-in-a-list": ({"metadata": MYSQL, "spec": {"engine": ["mysql"]}}, "Refused", "`engine` is ['mysql']"),
    "a-template": ({"metadata": MYSQL, "spec": {"engine": "{{ st2kv.system.x }}"}}, "Refused", "`engine` is"),
    "a-made-up-status": ({"metadata": MYSQL, "status": {"phase": 5, "conditions": "a"}}, "Available", ""),
    "a-status-of-text": ({"metadata": MYSQL, "status": "text"}, "Available", ""),
    "not-ascii": ({"metadata": {**MYSQL, "annotations": {"team": "größe 数据库 🐘"}}}, "Available", ""),
    # A real API server takes 256 KiB of annotations; the stand-in takes what comes.
    "large": ({"metadata": {**MYSQL, "annotations": {"big": "x" * 1_000_000}}}, "Available", ""),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with raised(tmp_path_factory.mktemp("lab"), real=False, rds_delay=0.0) as stage:
        stage.apply("paasA", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        yield stage


def soon(what, expected=True):
    """The value once it is what is expected, or as it is when the time is over."""
    deadline = time.monotonic() + WITHIN
    while (found := what()) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def phase(stage, name, kind="Database"):
    status = stage.read("paasA", kind, "shop", name).get("status")
    return status.get("phase") if isinstance(status, dict) else None


def said(stage, name, kind="Database"):
    status = stage.read("paasA", kind, "shop", name)["status"]
    return next(each["message"] for each in status["conditions"] if each["type"] == "Ready")


def sensors(stage):
    return {each["class_name"]: (each["pid"], each["running"]) for each in stage.lab.each("/sensors")}


def served(stage, name, **spec):
    stage.apply("paasA", database(name, **spec))
    assert soon(lambda: phase(stage, name), "Available") == "Available"
    return stage.read("paasA", "Database", "shop", name)["status"]


def everything(stage):
    """What a replayed event could change, of every object of the namespace."""
    objects = list(stage.clusters["paasA"].list("/apis/paas.internal/v1/namespaces/shop/databases"))
    instances = [each["DBInstanceIdentifier"] for each in stage.aws("rds").describe_db_instances()["DBInstances"]]
    secrets = [stage.vault_secret("paasA", each["status"].get("vaultPath", "secret/none")) for each in objects]
    return objects, sorted(instances), secrets, stage.consul_keys("paasA", "shop/")


def idle(stage):
    """No execution runs, and no occurrence waits."""
    return not [
        each for each in stage.lab.each("/executions", limit=1000) if each["status"] in ("requested", "running")
    ]


@pytest.fixture(scope="module")
def hostile(stage):
    """Every hostile object, created at once, and one that is as it should be after them."""
    before = sensors(stage)
    stage.apply("paasA", OPEN_KIND)
    client = stage.clusters["paasA"]
    assert soon(lambda: _is_served(client))
    for name, (body, _, _) in HOSTILE.items():
        metadata = {**(body.get("metadata") or {}), "name": name}
        client.create(
            COLLECTION, {"apiVersion": "paas.internal/v1", "kind": "RdsInstance", **body, "metadata": metadata}
        )
    served(stage, "after-the-hostile")
    return before


def _is_served(client):
    try:
        client.get(COLLECTION)
    except ServerError:
        return False
    return True


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_object_comes_to_a_clear_status(stage, hostile, name):
    _, wanted, words = HOSTILE[name]
    kind = "RdsInstance"
    assert soon(lambda: phase(stage, name, kind), wanted) == wanted
    if words:
        assert words in said(stage, name, kind)


def test_what_the_api_server_refuses_itself_never_comes_to_us(stage, hostile):
    for body in (
        database("größe"),
        database("negative", storageGiB=-1),
        database("words", storageGiB="many"),
    ):
        with pytest.raises(ServerError):
            stage.clusters["paasA"].create("/apis/paas.internal/v1/namespaces/shop/databases", body)


def test_a_version_that_aws_refuses_is_told_in_its_own_words_and_the_next_object_is_served(stage):
    match = {"EngineVersion": "8.0.99"}
    rule = {"service": "rds", "action": "CreateDBInstance", "match": match, "effect": {"error": UNKNOWN_VERSION}}
    lab.aws.control(stage.aws_endpoint, "POST", "rules", rule)
    stage.apply("paasA", database("odd-version", version="8.0.99"))
    served(stage, "after-the-odd-version")
    assert soon(lambda: phase(stage, "odd-version"), "Failed") == "Failed"
    assert "Cannot find version 8.0.99" in said(stage, "odd-version")


def test_the_sensors_lived_through_all_of_it(stage, hostile):
    assert sensors(stage) == hostile
    assert all(running for _, running in hostile.values())


def test_a_refused_object_is_judged_once(stage):
    stage.apply("paasA", database("refused-once", **{"class": "db.r6g.16xlarge"}))
    assert soon(lambda: phase(stage, "refused-once"), "Refused") == "Refused"
    assert soon(lambda: len(stage.occurrences(EVENT, name="refused-once")), 2) == 2  # its creation, and its status
    assert soon(lambda: idle(stage))
    assert len(stage.executions("kubernetes.db_create_chain", name="refused-once")) == 1


def test_events_that_come_twice_late_or_out_of_order_change_nothing(stage):
    served(stage, "replayed")
    stage.apply("paasA", database("short-lived"))
    assert soon(lambda: phase(stage, "short-lived"), "Available") == "Available"
    stage.delete("paasA", "Database", "shop", "short-lived")
    # Its policy would delete, and the rule for that is disabled: it waits for a word.
    where = {"cluster": "paasA", "namespace": "shop", "name": "short-lived"}
    assert soon(lambda: phase(stage, "short-lived"), "Deleting") == "Deleting"
    assert stage.run("kubernetes.db_release", **where, keep=True)["status"] == "succeeded"
    gone = {"name": "short-lived", "resource": "DELETED"}
    assert soon(lambda: bool(stage.occurrences(EVENT, **gone)))
    assert soon(lambda: idle(stage))
    before = everything(stage)
    events = [each["payload"] for name in ("replayed", "short-lived") for each in stage.occurrences(EVENT, name=name)]
    assert {each["resource"] for each in events} == {"ADDED", "MODIFIED", "DELETED"}
    count = len(stage.lab.each("/triggerinstances", trigger_type=EVENT, limit=1000))
    for payload in [*events, *reversed(events)]:
        stage.lab.call("POST", "/triggerinstances", {"trigger": EVENT, "payload": payload})
    assert soon(lambda: len(_done(stage)) >= count + 2 * len(events))
    assert soon(lambda: idle(stage))
    assert everything(stage) == before


def _done(stage):
    found = stage.lab.each("/triggerinstances", trigger_type=EVENT, limit=1000)
    return [each for each in found if each["status"] in ("processed", "processing_failed")]


def test_the_status_of_an_instance_that_is_told_late_changes_nothing(stage):
    status = served(stage, "told-late")
    known = stage.occurrences("kubernetes.rds_status", claim=status["claim"])
    assert soon(lambda: idle(stage))
    before = everything(stage)
    payload = known[-1]["payload"] if known else {
        "claim": status["claim"], "identifier": status["claim"], "status": "available", "cluster": "paasA",
        "namespace": "shop", "name": "told-late", "api_version": "paas.internal/v1", "object_kind": "Database",
        "engine": "mysql", "retiring": False, "event_id": "again",
    }  # fmt: skip
    for late in ("creating", "available", "deleted", "failed"):
        occurrence = {"trigger": "kubernetes.rds_status", "payload": {**payload, "status": late, "event_id": late}}
        stage.lab.call("POST", "/triggerinstances", occurrence)
    assert soon(lambda: len(stage.ended("kubernetes.db_publish_chain", name="told-late")) >= 3)
    assert soon(lambda: idle(stage))
    assert everything(stage) == before


def chat(stage, *words):
    """Say something to the bot; what it answers in the end."""
    command = {"command": " ".join(words), "user": "ann", "source_channel": "lab"}
    (started,) = stage.lab.call("POST", "/aliasexecution/match_and_execute", command)["results"]
    execution = started["execution"]
    while execution["status"] in ("requested", "scheduled", "running"):
        execution = stage.lab.call("GET", f"/executions/{execution['id']}", wait=30)
    return stage.lab.call("GET", f"/aliasexecution/{execution['id']}/result")["message"]


def test_a_database_is_asked_for_looked_at_listed_and_retired_from_slack(stage):
    assert "is asked for" in chat(stage, "db create ledger in shop of paasA storage_gib=30")
    assert soon(lambda: phase(stage, "ledger"), "Available") == "Available"
    claim = stage.read("paasA", "Database", "shop", "ledger")["status"]["claim"]
    seen = chat(stage, "db show ledger in shop of paasA")
    assert all(word in seen for word in (claim, "Available", "30 GiB", "secret/shop/ledger/rds", "owned by paasA"))
    assert "shop/ledger: Available" in chat(stage, "db list in shop")
    assert "was asked for before: Available" in chat(stage, "db create ledger in shop of paasA storage_gib=30")
    assert "databases.allow.engines" in chat(stage, "db create oracle in shop of paasA engine=oracle")
    confirm = f"db confirm retire ledger in shop of paasA claim {claim}"
    assert confirm in chat(stage, "db retire ledger in shop of paasA")
    assert stage.read("paasA", "Database", "shop", "ledger")["metadata"].get("deletionTimestamp") is None
    assert "look at it once more" in chat(
        stage, "db confirm retire ledger in shop of paasA claim shop-ledger-aaaaaaaaaa"
    )
    assert "Its object is deleted" in chat(stage, confirm)
    assert stage.read("paasA", "Database", "shop", "ledger")["metadata"]["deletionTimestamp"]


def test_databases_are_handed_over_from_slack(stage):
    status = served(stage, "moves")
    stage.apply("paasB", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    copied = database("moves")
    copied["metadata"]["annotations"] = {"paas.internal/claim": status["claim"]}
    stage.apply("paasB", copied)
    owner = lambda: (stage.read("paasB", "Database", "shop", "moves").get("status") or {}).get("owner")  # noqa: E731
    assert soon(owner, "paasA") == "paasA"
    assert "moves: would move" in chat(stage, "db plan hand over paasA to paasB namespace=shop")
    assert owner() == "paasA"
    chat(stage, "db hand over paasA to paasB namespace=shop")
    assert owner() == "paasB"


def test_the_sensor_of_objects_is_the_one_that_began(stage, hostile):
    assert sensors(stage)[SENSOR] == hostile[SENSOR]
