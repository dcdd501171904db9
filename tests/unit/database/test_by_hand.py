"""A person asks for a database, looks at it and retires it; the object is all that is touched."""

import pytest

from paas.database import DatabaseObject, ObjectRef, Services, ask_for, look_at, retire
from paas.errors import Conflict, InvalidInput, Outdated, Refused
from tests.unit.database.conftest import refusal


@pytest.fixture
def target(cluster):
    return DatabaseObject(
        cluster,
        ObjectRef(cluster="paasA", api_version="paas.internal/v1", kind="Database", namespace="shop", name="orders"),
        going=True,
    )


@pytest.fixture
def taken(cluster):
    """What the API server was asked to create and to delete."""
    asked = []

    def create(path, body):
        if "shop/orders" in cluster.objects:
            raise refusal(Conflict)
        asked.append(("create", body))
        return cluster.put(body)

    cluster.create = create
    cluster.delete = lambda path, *, preconditions: asked.append(("delete", preconditions))
    return asked


@pytest.fixture
def services(instances, snapshots, place, following):
    return Services(
        instances=instances, snapshots=snapshots, place=place, settings=following, copies=lambda claim: None
    )


def test_the_object_is_created_with_what_was_asked_for_alone(target, settings, taken):
    assert ask_for(target, {"engine": "mysql", "storageGiB": 30}, settings=settings)["created"]
    ((_, body),) = taken
    assert body["spec"] == {"engine": "mysql", "storageGiB": 30}


def test_twice_is_once_and_another_wish_is_refused(target, settings, taken):
    ask_for(target, {"engine": "mysql"}, settings=settings)
    assert not ask_for(target, {"engine": "mysql"}, settings=settings)["created"]
    with pytest.raises(Refused, match="asks for something else"):
        ask_for(target, {"engine": "mysql", "storageGiB": 30}, settings=settings)
    assert len(taken) == 1


@pytest.mark.parametrize(("spec", "error"), [({"engine": "oracle"}, Refused), ({"storageGiB": -1}, InvalidInput)])
def test_what_may_not_be_is_refused_before_the_object_is_made(target, settings, taken, spec, error):
    with pytest.raises(error):
        ask_for(target, spec, settings=settings)
    assert taken == []


def test_a_dry_run_creates_nothing(target, settings, taken):
    assert not ask_for(target, {}, settings=settings, dry_run=True)["created"]
    assert taken == []


def test_a_look_shows_object_instance_and_what_was_said(target, database, stored, account, owner, instances):
    condition = {"type": "Ready", "status": "True", "reason": "Available", "message": "published", "x": 1}
    stored()["status"] = {"claim": owner.claim, "phase": "Available", "vaultPath": "p", "conditions": [condition, 5]}
    account.add(owner)
    seen = look_at(target, instances)
    assert (seen["phase"], seen["aws_status"], seen["owner"], seen["vault_path"]) == (
        "Available",
        "available",
        "paasA",
        "p",
    )
    assert seen["conditions"][0]["message"] == "published"


def test_a_look_with_a_borrowed_claim_shows_nothing_of_the_others_database(
    target, database, stored, account, somebody_else, instances
):
    stored()["status"] = {"claim": somebody_else.claim}
    account.add(somebody_else)
    assert look_at(target, instances)["aws_status"] is None


def test_there_is_nothing_to_look_at_where_there_is_no_object(target, instances):
    with pytest.raises(Outdated, match="is gone"):
        look_at(target, instances)


@pytest.fixture
def living(database, stored, account, owner):
    stored()["status"] = {"claim": owner.claim, "owner": "paasA"}
    stored()["metadata"]["finalizers"] = ["paas.internal/database"]
    account.add(owner)


def test_the_plan_of_a_retirement_tells_what_becomes_of_the_database(target, services, living, taken, owner):
    told = retire(target, services, claim=None, dry_run=True)
    assert (told["claim"], told["verdict"], told["policy"], told["deleted"]) == (
        owner.claim,
        "delete",
        "Snapshot",
        False,
    )
    assert taken == []


@pytest.mark.parametrize("claim", [None, "shop-orders-aaaaaaaaaa"])
def test_only_the_database_that_was_looked_at_is_retired(target, services, living, taken, claim):
    with pytest.raises(Refused, match="look at it once more"):
        retire(target, services, claim=claim, dry_run=False)
    assert taken == []


def test_its_object_is_deleted_and_nothing_else(target, services, living, taken, owner, account):
    assert retire(target, services, claim=owner.claim, dry_run=False)["deleted"]
    assert taken == [("delete", {"uid": "u-1"})]
    assert account.asked == []


def test_one_that_goes_already_is_not_deleted_again(target, services, leaving, account, owner, taken):
    account.add(owner)
    assert not retire(target, services, claim=owner.claim, dry_run=False)["deleted"]
    assert taken == []
