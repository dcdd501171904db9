"""Which rules of the pack an event of an object starts; one that changes nothing starts none."""

from pathlib import Path

import pytest

from lab.stackstorm.database import Database
from lab.stackstorm.datastore import Datastore
from lab.stackstorm.metadata import read_pack
from lab.stackstorm.rules import Matcher
from lab.stackstorm.templates import Templates

ROOT = Path(__file__).resolve().parents[3]
CLAIM = "shop-orders-k3f7q2m4xa"
CLAIMED = {"status": {"claim": CLAIM, "observedGeneration": 1}, "annotations": {"paas.internal/claim": CLAIM}}


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The names of the rules on an object's events that match one; none may fail."""
    directory = tmp_path_factory.mktemp("datastore")
    matcher = Matcher(Templates(Datastore(Database(directory / "db"), key_file=directory / "key")))
    rules = [each for each in read_pack(ROOT).rules if each.trigger_type == "kubernetes.thirdpartyobject"]

    def started(**more):
        event = {
            "cluster": "paasA",
            "resource": "ADDED",
            "object_kind": "Database",
            "api_version": "paas.internal/v1",
            "name": "orders",
            "namespace": "shop",
            "uid": "u-1",
            "labels": {},
            "annotations": {},
            "spec": {},
            "status": {},
            "generation": 1,
            "deletion_timestamp": "",
            **more,
        }
        problems = []
        found = {each.name for each in rules if matcher.matches(each, event, problem=problems.append)}
        assert problems == []
        return found

    return started


@pytest.mark.parametrize("resource", ["ADDED", "MODIFIED"])
def test_an_object_without_a_claim_gets_its_database(started, resource):
    assert started(resource=resource) == {"rds_create_db"}


def test_what_was_refused_is_judged_again_when_it_is_another_one(started):
    assert started(status={"phase": "Refused", "observedGeneration": 1}, resource="MODIFIED") == set()
    assert started(status={"phase": "Refused", "observedGeneration": 1}, generation=2) == {"rds_create_db"}


def test_a_failure_without_a_claim_is_tried_again(started):
    assert started(status={"phase": "Failed"}, resource="MODIFIED") == {"rds_create_db"}


def test_a_status_that_was_written_starts_nothing(started):
    assert started(**CLAIMED, resource="MODIFIED") == set()
    assert started(**CLAIMED) == set()


def test_a_spec_that_was_changed_is_followed(started):
    assert started(**CLAIMED, resource="MODIFIED", generation=2) == {"rds_modify_db"}


def test_a_deletion_starts_what_is_enabled_of_the_two(started):
    assert started(**CLAIMED, deletion_timestamp="2026-01-02T03:04:05Z") == {"db_release", "rds_delete_db"}


def test_an_object_that_goes_without_a_claim_and_one_that_is_gone_start_nothing(started):
    assert started(deletion_timestamp="2026-01-02T03:04:05Z") == set()
    assert started(**CLAIMED, resource="DELETED") == set()


def test_a_labelled_object_gets_one_too_with_or_without_generations(started):
    labelled = {"object_kind": "RdsInstance", "api_version": "stable.example.com/v1", "labels": {"type": "mysql"}}
    assert started(**labelled) == started(**labelled, generation=0) == {"rds_create_db_labelled"}
    assert started(**labelled, status={"observedGeneration": 1}) == set()
    assert started(**{**labelled, "labels": {"type": "redis"}}) == set()


@pytest.mark.parametrize("status", ["text", 5, ["a"], {"claim": None}, {"observedGeneration": "1"}])
def test_a_status_of_any_shape_fails_no_rule(started, status):
    assert started(status=status) <= {"rds_create_db"}
