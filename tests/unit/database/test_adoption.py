"""An object that lost its claim finds its own database by the tags, and never another's."""

import dataclasses
import json

import pytest

from paas.database import accept
from paas.errors import PaasError, Refused

OTHER = "shop-orders-aaaaaaaaaa"
COPY = {"paas.internal/migrated": json.dumps({"run": "r", "cluster": "paasB", "uid": "u", "did": "create"})}


@pytest.fixture
def claim_of(database, settings, instances):
    """Accept the object; the claim that it gets."""
    return lambda: accept(database, settings, ours=instances.ours).claim


def test_an_object_that_comes_back_without_its_claim_takes_its_database_again(claim_of, account, owner, stored):
    account.add(owner)
    assert claim_of() == owner.claim
    assert stored()["metadata"]["annotations"]["paas.internal/claim"] == owner.claim
    assert owner.claim in stored()["status"]["conditions"][0]["message"]


@pytest.mark.parametrize(
    "difference",
    [{"namespace": "bank"}, {"name": "order"}, {"cluster": "paasB"}, {"kind": "Cache"}, {"api_version": "other.io/v1"}],
    ids=str,
)
def test_the_database_of_another_object_is_not_its_own(claim_of, account, owner, difference):
    account.add(dataclasses.replace(owner, **difference))
    assert claim_of() != owner.claim


def test_a_database_that_is_being_deleted_is_nobodys_any_more(claim_of, account, owner):
    account.add(owner, tags={"paas.internal/retiring": "u-0"})
    assert claim_of() != owner.claim


def test_of_two_a_person_has_to_choose_and_nothing_is_written(claim_of, account, owner, cluster):
    account.add(owner)
    account.add(dataclasses.replace(owner, claim=OTHER))
    with pytest.raises(Refused, match=f"{OTHER}, {owner.claim}.*set the annotation paas.internal/claim"):
        claim_of()
    assert cluster.writes == []


def test_another_engine_does_not_take_its_place(claim_of, account, owner, cluster):
    account.add(owner, Engine="aurora-mysql")
    with pytest.raises(Refused, match=f"asks for mysql, and {owner.claim}.*is aurora-mysql"):
        claim_of()
    assert cluster.writes == []


def test_a_claim_that_is_there_is_not_looked_for(database, settings, stored, owner):
    stored()["metadata"]["annotations"] = {"paas.internal/claim": OTHER}

    def ours():
        raise AssertionError("AWS was asked")

    assert accept(database, settings, ours=ours).claim == OTHER


def test_who_names_a_snapshot_wants_its_data_and_not_the_earlier_database(claim_of, account, owner, stored):
    stored()["spec"]["snapshot"] = "orders-nightly"
    account.add(owner)
    assert claim_of() != owner.claim


def test_a_copy_that_came_before_its_claim_takes_the_database_of_its_original(claim_of, account, elsewhere, stored):
    stored()["metadata"]["annotations"] = COPY
    account.add(elsewhere)
    assert claim_of() == elsewhere.claim


def test_a_copy_waits_for_the_database_of_its_original(claim_of, stored, cluster):
    stored()["metadata"]["annotations"] = COPY
    with pytest.raises(PaasError, match="a copy of the one in paasB, whose database is not there yet"):
        claim_of()
    assert cluster.writes == []


@pytest.mark.parametrize("mark", ["", "text", "[]", '{"cluster": 5}', '{"cluster": "paasB", "did": "merge"}', 5])
def test_any_other_mark_makes_no_copy(claim_of, account, elsewhere, stored, mark):
    stored()["metadata"]["annotations"] = {"paas.internal/migrated": mark}
    account.add(elsewhere)
    assert claim_of() != elsewhere.claim
