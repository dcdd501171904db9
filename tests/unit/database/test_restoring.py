import dataclasses

import pytest

from paas.database import restore
from paas.database.progress import advance
from paas.errors import InvalidInput, PaasError, Refused

PATH = "secret/shop/orders/rds"


@pytest.fixture
def earlier(owner, account):
    """A snapshot of a database of that object that is gone."""
    before = dataclasses.replace(owner, claim="shop-orders-zzzzzzzzzz")
    tags = [{"Key": key, "Value": value} for key, value in before.tags().items()]
    return account.add_snapshot("nightly", before.claim, tags=tags)


@pytest.fixture
def bring_back(database, vault, instances, snapshots, settings):
    def bring_back(**more):
        return restore(database, vault, instances, snapshots, path=PATH, settings=settings, **more)

    return bring_back


def test_the_object_gets_a_database_with_the_data_of_the_snapshot(bring_back, earlier, account, stored):
    assert bring_back(snapshot="nightly")["created"]
    (asked,) = account.created
    assert asked["DBSnapshotIdentifier"] == "nightly"
    assert asked["DBInstanceIdentifier"] == stored()["status"]["claim"]
    assert "MasterUserPassword" not in asked


def test_it_is_published_only_once_it_has_the_password_of_vault(
    bring_back, earlier, account, vault, place, instances, database, settings, owner
):
    claim = bring_back(snapshot="nightly")["claim"]
    mine = dataclasses.replace(owner, claim=claim)
    restored = {"paas.internal/restored": "nightly"}
    account.add(mine, status="creating", tags=restored, Endpoint=None)
    report, written = advance(place, instances, database.read(), owner=mine, settings=settings)
    assert (report.phase, written) == ("Creating", ())
    account.add(mine, tags=restored)
    report, written = advance(place, instances, database.read(), owner=mine, settings=settings)
    assert report.phase == "Available"
    told = next(request for name, request in account.asked if "MasterUserPassword" in request)
    assert told["MasterUserPassword"] == vault.secrets[PATH].data["rds_password"]
    assert "paas.internal/restored" not in instances.find(claim).tags


def test_a_database_that_exists_is_never_overwritten(bring_back, earlier, account, owner, stored):
    account.add(owner)
    stored()["status"] = {"claim": owner.claim}
    with pytest.raises(Refused, match="exists"):
        bring_back(snapshot="nightly")
    assert account.created == []


def test_a_snapshot_of_another_namespace_is_as_good_as_none(bring_back, account, somebody_else):
    theirs = dataclasses.replace(somebody_else, claim="bank-orders-zzzzzzzzzz")
    tags = [{"Key": key, "Value": value} for key, value in theirs.tags().items()]
    account.add_snapshot("theirs", theirs.claim, tags=tags)
    with pytest.raises(Refused) as foreign:
        bring_back(snapshot="theirs")
    with pytest.raises(Refused) as absent:
        bring_back(snapshot="absent")
    assert str(foreign.value).replace("theirs", "absent") == str(absent.value)


def test_a_snapshot_that_bears_no_tags_is_nobodys(bring_back, account):
    account.add_snapshot("legacy", "legacy-db", tags=[])
    with pytest.raises(Refused, match="there is no snapshot"):
        bring_back(snapshot="legacy")


def test_a_snapshot_that_is_not_finished_is_left_for_later(bring_back, earlier):
    earlier["Status"] = "creating"
    with pytest.raises(PaasError, match="once it is available"):
        bring_back(snapshot="nightly")


def test_a_snapshot_of_another_engine_is_refused(bring_back, earlier):
    earlier["Engine"] = "postgres"
    with pytest.raises(Refused, match="engine postgres"):
        bring_back(snapshot="nightly")


def test_some_snapshot_has_to_be_named(bring_back):
    with pytest.raises(InvalidInput, match="snapshot"):
        bring_back()


def test_the_objects_own_spec_may_name_it(bring_back, earlier, account, stored):
    stored()["spec"]["snapshot"] = "nightly"
    bring_back()
    assert account.created[0]["DBSnapshotIdentifier"] == "nightly"


def test_a_dry_run_makes_nothing(bring_back, earlier, account, stored, vault):
    bring_back(snapshot="nightly", dry_run=True)
    assert (account.created, vault.writes, "status" in stored()) == ([], [], False)


def test_twice_is_once(bring_back, earlier, account):
    bring_back(snapshot="nightly")
    assert not bring_back(snapshot="nightly")["created"]
    assert len(account.created) == 1
