"""Handing a database over: password, ownership, connection; one at a time, resumed wherever it was killed."""

import copy

import pytest

from paas.database import ObjectRef, Place, Side, hand_over
from paas.errors import Unavailable
from tests.unit.database.conftest import FakeCluster, FakeConsul, FakeVault, refusal

PATH = "secret/shop/orders/rds"


class World:
    """A cluster with its Consul and Vault."""

    def __init__(self, name, owner, *, has_object=True):
        self.cluster, self.consul, self.vault = FakeCluster(), FakeConsul(), FakeVault()
        if has_object:
            self.cluster.put(
                {
                    "apiVersion": "paas.internal/v1",
                    "kind": "Database",
                    "metadata": {
                        "namespace": "shop",
                        "name": "orders",
                        "uid": f"u-{name}",
                        "generation": 1,
                        "annotations": {"paas.internal/claim": owner.claim},
                    },
                    "spec": {"databaseName": "orders"},
                    "status": {"claim": owner.claim, "owner": "paasA", "phase": "Available"},
                }
            )
        self.side = Side(name=name, cluster=self.cluster, place_of=lambda namespace, name: self.place)

    @property
    def place(self):
        return Place(keys=self.consul, secrets=self.vault, consul_prefix="shop/orders", vault_path=PATH)

    @property
    def status(self):
        return self.cluster.objects["shop/orders"]["status"]


@pytest.fixture
def a(owner):
    world = World("paasA", owner)
    world.vault.put(PATH, {"rds_password": "planted", "rds_claim": owner.claim})
    return world


@pytest.fixture
def b(owner):
    return World("paasB", owner)


@pytest.fixture
def move(a, b, account, instances, owner, settings):
    account.add(owner)

    def move(source=a, destination=b, **more):
        return [
            each.outcome if not each.why else f"{each.outcome}: {each.why}"
            for each in hand_over(source.side, destination.side, instances, settings=settings, **more)
        ]

    return move


def owner_tag(account, owner):
    return next(
        each["Value"] for each in account.instances[owner.claim]["TagList"] if each["Key"] == "paas.internal/cluster"
    )


def test_password_ownership_and_connection_move(move, account, owner, b):
    assert move() == ["moved"]
    assert owner_tag(account, owner) == "paasB"
    assert b.vault.secrets[PATH].data["rds_password"] == "planted"
    assert b.consul.values["shop/orders/rds_claim"] == owner.claim


def test_both_objects_say_whose_it_is(move, a, b):
    move()
    assert (a.status["owner"], b.status["owner"]) == ("paasB", "paasB")


def test_what_the_sources_applications_read_stays(move, a, owner):
    a.consul.put("shop/orders/rds_claim", owner.claim)
    move()
    assert PATH in a.vault.secrets
    assert "shop/orders/rds_claim" in a.consul.keys


def test_twice_is_once(move, account):
    move()
    asked = len(account.asked)
    assert move() == ["already there"]
    assert len(account.asked) == asked


def test_and_back(move, a, b, account, owner):
    move()
    assert move(b, a) == ["moved"]
    assert owner_tag(account, owner) == "paasA"
    assert (a.status["owner"], b.status["owner"]) == ("paasA", "paasA")


def test_a_password_that_changed_meanwhile_goes_back_too(move, a, b, owner):
    move()
    b.vault.secrets[PATH].data = {"rds_password": "newer", "rds_claim": owner.claim}
    move(b, a)
    assert a.vault.secrets[PATH].data["rds_password"] == "newer"


def test_a_dry_run_touches_nothing(move, account, b):
    assert move(dry_run=True) == ["would move"]
    assert (account.asked, b.vault.writes, b.consul.writes) == ([], [], [])


def test_one_whose_object_was_not_migrated_is_held(move, b, account):
    b.cluster.objects.clear()
    (outcome,) = move()
    assert "migrate it first" in outcome
    assert account.asked == []


def test_one_whose_object_claims_another_database_is_held(move, b, account):
    b.cluster.objects["shop/orders"]["metadata"]["annotations"] = {}
    b.cluster.objects["shop/orders"]["status"] = {"claim": "shop-orders-zzzzzzzzzz"}
    assert "migrate it first" in move()[0]


def test_one_that_is_being_deleted_is_held(move, a, account):
    a.cluster.objects["shop/orders"]["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert "being deleted" in move()[0]
    assert account.asked == []


def test_one_whose_deletion_has_begun_is_held(move, account, owner):
    account.add(owner, tags={"paas.internal/retiring": "u-1"})
    assert "being deleted" in move()[0]


def test_one_without_its_password_is_held(move, a, account):
    a.vault.secrets.clear()
    assert "does not hold its password" in move()[0]
    assert account.asked == []


def test_somebody_elses_secret_in_the_destination_is_left_alone(move, b, account):
    b.vault.put(PATH, {"token": "theirs"})
    assert "not this database's" in move()[0]
    assert b.vault.secrets[PATH].data == {"token": "theirs"}
    assert account.asked == []


def test_only_the_namespace_that_was_named(move):
    assert move(namespace="bank") == []


def test_a_source_whose_objects_are_gone_still_hands_over(move, a, b):
    a.cluster.objects.clear()
    assert move() == ["moved"]
    assert b.status["owner"] == "paasB"


def test_a_destination_that_fails_holds_the_database_where_it_is(move, b, account, owner):
    def down(path, data, *, replaces):
        raise refusal(Unavailable, "Vault is sealed")

    b.vault.write = down
    assert "Vault is sealed" in move()[0]
    assert owner_tag(account, owner) == "paasA"


@pytest.mark.parametrize("killed_after", range(1, 8))
def test_a_hand_over_that_is_killed_after_any_call_is_finished_by_the_next(move, a, b, account, owner, killed_after):
    class Killed(BaseException):
        pass

    count = 0

    def dying(call):
        def wrapped(*args, **kwargs):
            nonlocal count
            answer = call(*args, **kwargs)
            count += 1
            if count == killed_after:
                raise Killed
            return answer

        return wrapped

    account.add_tags_to_resource = dying(account.add_tags_to_resource)
    for world in (a, b):
        world.cluster.replace = dying(world.cluster.replace)
    b.vault.write, b.vault.describe, b.consul.write = map(dying, (b.vault.write, b.vault.describe, b.consul.write))
    for _ in range(3):
        try:
            move()
        except Killed:
            continue
    assert owner_tag(account, owner) == "paasB"
    assert b.status["owner"] == "paasB"
    assert b.consul.values["shop/orders/rds_claim"] == owner.claim
    assert b.vault.secrets[PATH].data["rds_password"] == "planted"


def test_the_ref_of_a_copy_is_found_by_its_claim_alone(b, owner):
    from paas.database.copies import copy_in

    ref = ObjectRef(
        cluster="paasA", api_version="paas.internal/v1", kind="Database", namespace="shop", name="orders", uid="u-paasA"
    )
    found = copy_in(b.cluster, "paasB", ref, claim=owner.claim)
    assert copy.copy(found.ref).cluster == "paasB"
