"""Every object looked at once more: what is missing is made up for, orphans are told, one failure holds up nobody."""

import pytest

from paas.database import Asking, Means, databases, reconcile
from paas.database.account import Instances
from paas.errors import Unavailable
from tests.unit.database.conftest import refusal

PATH = "secret/shop/orders/rds"


@pytest.fixture
def retired():
    return []


@pytest.fixture
def look(cluster, database, account, snapshots, place, settings, retired):
    """One round over what the cluster holds now."""

    def look(**more):
        instances = Instances(account)
        means = Means(
            instances=instances,
            snapshots=snapshots,
            settings=settings,
            target_of=lambda each: database,
            place_of=lambda each: place,
            known={each.identifier: each for each in instances.all()},
            retire=lambda each, begun: retired.append(begun),
        )
        objects = [Asking(cluster="paasA", found=found) for found in cluster.list("all")]
        return list(reconcile(objects, means, **more))

    return look


@pytest.fixture
def in_service(look, account, stored, owner, cluster, consul, vault):
    """A database that is published and said to be, with nothing left to do."""
    look()
    (claim,) = account.instances
    account.add(
        type(owner)(**{**owner.__dict__, "claim": claim}),
        Endpoint={"Address": "db.example.com", "Port": 3306},
    )
    assert [each["outcome"] for each in look()] == ["repaired"]
    for writes in (cluster.writes, consul.writes, vault.writes, account.asked):
        writes.clear()
    return claim


def test_an_event_that_nobody_heard_is_made_up_for(look, stored, account, vault):
    (each,) = look()
    assert each["outcome"] == "repaired"
    assert stored()["status"]["claim"] in account.instances
    assert vault.secrets[PATH].data["rds_claim"] == stored()["status"]["claim"]


def test_an_instance_that_became_available_unheard_is_published(look, in_service, stored, consul):
    assert stored()["status"]["phase"] == "Available"
    assert consul.values["shop/orders/rds_endpoint"] == "db.example.com"


def test_what_is_in_order_is_not_written(look, in_service, account, cluster, consul, vault):
    assert [each["outcome"] for each in look()] == ["in sync"]
    assert (account.asked, cluster.writes, consul.writes, vault.writes) == ([], [], [], [])


def test_a_key_that_a_hand_changed_is_put_back(look, in_service, consul):
    consul.put("shop/orders/rds_endpoint", "elsewhere.example.com")
    (each,) = look()
    assert "rds_endpoint" in each["why"]
    assert consul.values["shop/orders/rds_endpoint"] == "db.example.com"


def test_a_database_that_a_hand_changed_is_changed_back_and_said_to_have_drifted(look, in_service, account, stored):
    account.instances[in_service]["DBInstanceClass"] = "db.r6g.16xlarge"
    (each,) = look()
    assert "db.r6g.16xlarge" in each["why"]
    assert account.instances[in_service]["DBInstanceClass"] == "db.t3.micro"
    drift = next(each for each in stored()["status"]["conditions"] if each["type"] == "InSync")
    assert (drift["status"], drift["reason"]) == ("False", "Drifted")
    look()
    drift = next(each for each in stored()["status"]["conditions"] if each["type"] == "InSync")
    assert drift["status"] == "True"


def test_a_status_that_was_lost_is_written_again(look, in_service, stored):
    stored()["status"] = {"claim": in_service, "phase": "Creating"}
    assert [each["outcome"] for each in look()] == ["repaired"]
    assert stored()["status"]["phase"] == "Available"


def test_a_database_that_vanished_is_a_failure_and_no_empty_one_takes_its_place(look, in_service, account, stored):
    account.instances.clear()
    (each,) = look()
    assert each["outcome"] == "failed"
    assert account.created == [account.created[0]]
    assert stored()["status"]["phase"] == "Failed"
    assert "rds_restore_database" in each["why"]


def test_one_that_was_never_made_is_made(look, account, stored):
    look()
    account.instances.clear()
    look()
    assert stored()["status"]["claim"] in account.instances


def test_a_failure_is_said_on_its_object(look, stored, vault):
    def sealed(path):
        raise refusal(Unavailable, "Vault is sealed")

    vault.read = sealed
    (each,) = look()
    assert each["outcome"] == "failed"
    assert "Vault is sealed" in each["why"]
    assert stored()["status"]["phase"] == "Failed"


def test_a_dry_run_touches_nothing_and_tells_what_looks_wrong(look, account, cluster):
    assert [each["why"] for each in look(dry_run=True)] == ["it has no claim"]
    assert (account.asked, cluster.writes) == ([], [])


def test_an_object_that_goes_is_carried_on_with(look, stored, retired):
    stored()["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    with pytest.raises(AttributeError):
        look()  # the double returns no progress; what counts is that it was asked
    assert retired == [False]


def test_orphans_are_told_and_never_deleted(cluster, account, instances, owner):
    account.add(owner)
    rows, orphans = databases([], list(instances.ours()))
    assert rows == []
    assert [each["claim"] for each in orphans] == [owner.claim]
    assert account.asked == []


def test_a_database_is_listed_beside_its_object(database, account, instances, owner, stored):
    account.add(owner)
    stored()["status"] = {"claim": owner.claim, "phase": "Available"}
    rows, orphans = databases([Asking(cluster="paasA", found=stored())], list(instances.ours()))
    assert (rows[0]["owner"], rows[0]["aws_status"], orphans) == ("paasA", "available", [])


def test_a_borrowed_claim_shows_nothing_of_the_others_database(database, account, instances, somebody_else, stored):
    account.add(somebody_else)
    stored()["status"] = {"claim": somebody_else.claim}
    (row,), _ = databases([Asking(cluster="paasA", found=stored())], list(instances.ours()))
    assert (row["owner"], row["endpoint"]) == (None, None)
