"""What becomes of a database whose object is deleted: kept wherever there is a doubt."""

import dataclasses

import pytest

from paas.database.retirement import decide, going
from paas.errors import Outdated, Refused, Unavailable
from tests.unit.database.conftest import refusal


@pytest.fixture
def nowhere():
    return lambda claim: None


@pytest.fixture
def verdict(leaving, instances, following, nowhere):
    def verdict(copies=nowhere, settings=following):
        return decide(leaving, going(leaving), instances, settings=settings, copies=copies)

    return verdict


def test_an_object_that_is_not_being_deleted_is_refused(leaving, stored):
    del stored()["metadata"]["deletionTimestamp"]
    with pytest.raises(Refused, match="is not being deleted"):
        going(leaving)


def test_an_object_without_our_finalizer_does_not_wait_for_us(leaving, stored):
    stored()["metadata"]["finalizers"] = ["theirs/finalizer"]
    with pytest.raises(Outdated, match="does not wait"):
        going(leaving)


def test_another_object_of_that_name_is_not_it(leaving, stored):
    stored()["metadata"]["uid"] = "u-2"
    with pytest.raises(Outdated, match="another object"):
        going(leaving)


def test_the_owners_database_is_deleted_by_its_policy(verdict, account, owner):
    account.add(owner)
    assert (verdict().what, verdict().policy) == ("delete", "Snapshot")


@pytest.mark.parametrize("policy", ["Snapshot", "Delete"])
def test_the_objects_own_policy_counts(verdict, account, owner, stored, policy):
    account.add(owner)
    stored()["spec"]["deletionPolicy"] = policy
    assert verdict().policy == policy


def test_retain_keeps_it(verdict, account, owner, stored):
    account.add(owner)
    stored()["spec"]["deletionPolicy"] = "Retain"
    assert (verdict().what, verdict().reason) == ("keep", "Retained")


@pytest.mark.parametrize("policy", ["Burn", 5, None, ["Delete"]])
def test_a_policy_that_cannot_be_followed_deletes_nothing(verdict, account, owner, stored, policy, following):
    account.add(owner)
    stored()["spec"]["deletionPolicy"] = policy
    # null is what an object that names none has: the platform's default, which is not the tenant's to misspell
    assert verdict().what == ("delete" if policy is None else "keep")


def test_a_policy_that_is_not_allowed_deletes_nothing(verdict, account, owner, stored, following):
    account.add(owner)
    stored()["spec"]["deletionPolicy"] = "Delete"
    allow = dataclasses.replace(following.allow, deletion_policies=("Retain", "Snapshot"))
    assert verdict(settings=dataclasses.replace(following, allow=allow)).reason == "PolicyUnknown"


def test_without_the_setting_nothing_is_deleted(verdict, account, owner, settings):
    account.add(owner)
    assert (verdict(settings=settings).what, verdict(settings=settings).reason) == ("keep", "DeletionIsOff")


def test_a_cluster_that_does_not_own_it_deletes_nothing(verdict, account, elsewhere):
    account.add(elsewhere)
    assert (verdict().what, verdict().reason) == ("keep", "OwnedElsewhere")


def test_a_foreign_database_of_that_identifier_is_kept(verdict, account, somebody_else):
    account.add(somebody_else)
    assert (verdict().what, verdict().reason) == ("keep", "NotOurs")


def test_a_database_without_tags_is_kept(verdict, account, owner):
    account.add(owner, TagList=[])
    assert verdict().reason == "NotOurs"


@pytest.mark.parametrize("definition", [None, {"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}}])
def test_a_definition_that_goes_takes_no_database_along(verdict, account, owner, cluster, definition):
    account.add(owner)
    cluster.definition = definition
    assert (verdict().what, verdict().reason) == ("keep", "DefinitionDeleted")


def test_an_object_that_another_cluster_has_too_keeps_its_database(verdict, account, owner):
    account.add(owner)
    assert verdict(copies=lambda claim: "paasB").reason == "CopyElsewhere"


def test_a_cluster_that_does_not_answer_decides_nothing(verdict, account, owner):
    account.add(owner)

    def copies(claim):
        raise refusal(Unavailable)

    with pytest.raises(Unavailable):
        verdict(copies=copies)


def test_a_database_that_is_gone_leaves_only_traces(verdict):
    assert verdict().what == "gone"


def test_one_that_is_gone_and_was_handed_over_leaves_no_traces_here(verdict, stored):
    stored()["status"]["owner"] = "paasB"
    assert (verdict().what, verdict().reason) == ("keep", "OwnedElsewhere")


def test_an_object_without_a_claim_had_no_database(verdict, stored):
    stored()["status"], stored()["metadata"]["annotations"] = {}, {}
    assert verdict().reason == "NeverMade"
