"""A deletion, step by step: each run goes as far as AWS has come, and a killed one is finished by the next."""

import dataclasses

import pytest

from paas.database import Owner, Services, delete, let_go
from paas.errors import Conflict, PaasError, Refused
from tests.unit.database.conftest import refusal

BEFORE, LAST = "shop-orders-k3f7q2m4xa-before-u-1", "shop-orders-k3f7q2m4xa-last-u-1"
PATH = "secret/shop/orders/rds"


@pytest.fixture
def services(instances, snapshots, place, following):
    return Services(
        instances=instances, snapshots=snapshots, place=place, settings=following, copies=lambda claim: None
    )


@pytest.fixture
def said():
    return []


@pytest.fixture
def run(leaving, services, said):
    def run(**more):
        return delete(leaving, more.pop("services", services), say=said.append, **more)

    return run


@pytest.fixture
def published(account, owner, vault, consul):
    """A database as it is in service: its keys in Consul, its secret in Vault."""
    account.add(owner)
    vault.put(PATH, {"rds_password": "planted", "rds_claim": owner.claim})
    for key, value in {"rds_endpoint": "db", "rds_port": "3306", "rds_claim": owner.claim, "app/colour": "red"}.items():
        consul.put(f"shop/orders/{key}", value)
    return account


def test_the_snapshot_comes_first_and_nothing_is_deleted_before_it_is_verified(run, published, consul):
    progress = run()
    assert published.operations == ["add_tags_to_resource", "create_db_snapshot"]
    assert "creating" in progress.waits_for
    assert len(consul.keys) == 4
    progress = run()
    assert published.operations[2:] == []


def test_once_it_is_verified_keys_and_database_go(run, published, consul, owner):
    run()
    published.snapshots[BEFORE]["Status"] = "available"
    run()
    assert published.operations[2:] == ["modify_db_instance", "delete_db_instance"]
    assert published.asked[-1][1]["FinalDBSnapshotIdentifier"] == LAST
    assert not published.asked[-1][1]["SkipFinalSnapshot"]
    assert list(consul.keys) == ["shop/orders/app/colour"]
    assert owner.claim not in published.instances


def test_the_secret_and_the_object_go_last(run, published, vault, stored, cluster, said):
    run()
    published.snapshots[BEFORE]["Status"] = "available"
    run()
    assert vault.secrets[PATH].data is not None
    progress = run()
    assert progress.done
    assert vault.secrets[PATH].data is None
    assert cluster.objects == {}
    assert said[-1].phase == "Deleting"


def test_the_last_snapshot_is_waited_for(run, published, vault, cluster):
    run()
    published.snapshots[BEFORE]["Status"] = "available"
    run()
    published.snapshots[LAST]["Status"] = "creating"
    progress = run()
    assert not progress.done
    assert vault.secrets[PATH].data is not None
    assert cluster.objects


def test_the_policy_delete_takes_no_snapshot_and_destroys_the_secret(run, published, stored, vault, cluster):
    stored()["spec"]["deletionPolicy"] = "Delete"
    stored()["status"]["conditions"] = [{"type": "Ready", "reason": "Deleting"}]
    run()
    assert published.asked[-1][1]["SkipFinalSnapshot"]
    assert run().done
    assert published.snapshots == {}
    assert PATH not in vault.secrets


def test_a_secret_is_not_destroyed_for_a_database_that_this_platform_did_not_delete(run, stored, vault, owner):
    stored()["spec"]["deletionPolicy"] = "Delete"
    vault.put(PATH, {"rds_password": "planted", "rds_claim": owner.claim})
    assert run().done
    assert PATH in vault.secrets  # its last version deleted, to be undeleted by whoever finds the database again


def test_a_snapshot_that_failed_stops_it(run, published, consul):
    run()
    published.snapshots[BEFORE]["Status"] = "failed"
    with pytest.raises(PaasError, match="is failed"):
        run()
    assert "delete_db_instance" not in published.operations
    assert len(consul.keys) == 4


def test_a_snapshot_of_that_name_of_another_database_stops_it(run, published):
    published.add_snapshot(BEFORE, "another", tags=[])
    with pytest.raises(Refused, match="is one of another"):
        run()
    assert "delete_db_instance" not in published.operations


@pytest.mark.parametrize("change", [{"Engine": "postgres"}, {"AllocatedStorage": 0}])
def test_a_snapshot_that_does_not_hold_the_database_stops_it(run, published, change):
    run()
    published.snapshots[BEFORE].update(Status="available", **change)
    with pytest.raises(PaasError, match="nothing is deleted"):
        run()
    assert "delete_db_instance" not in published.operations


def test_a_snapshot_of_an_earlier_deletion_does_not_count(run, published, owner):
    published.add_snapshot(f"{owner.claim}-before-u-0", owner.claim)
    run()
    assert BEFORE in published.snapshots


def test_replicas_go_before_their_source(run, published, owner, stored):
    stored()["spec"]["deletionPolicy"] = "Delete"
    published.create_db_instance_read_replica(
        DBInstanceIdentifier=f"{owner.claim}-1",
        SourceDBInstanceIdentifier=owner.claim,
        DBInstanceClass="db.t3.micro",
        Tags=published.instances[owner.claim]["TagList"],
    )
    run()
    deleted = [request["DBInstanceIdentifier"] for name, request in published.asked if name == "delete_db_instance"]
    assert deleted == [f"{owner.claim}-1", owner.claim]


def test_keys_and_secret_of_another_database_stay(run, published, vault, consul):
    consul.put("shop/orders/rds_claim", "shop-orders-zzzzzzzzzz")
    vault.put(PATH, {"rds_password": "planted", "rds_claim": "shop-orders-zzzzzzzzzz"})
    run()
    published.snapshots[BEFORE]["Status"] = "available"
    run()
    assert run().done
    assert len(consul.keys) == 4
    assert vault.secrets[PATH].data is not None


def test_an_ownership_that_moved_on_the_way_stops_it(run, published, elsewhere, consul):
    run()
    published.snapshots[BEFORE]["Status"] = "available"
    read = consul.read

    def moved(prefix):
        published.add(elsewhere)
        return read(prefix)

    consul.read = moved
    with pytest.raises(Refused, match="owned by paasB"):
        run()
    assert "delete_db_instance" not in published.operations


def test_an_object_that_was_let_go_by_hand_on_the_way_stops_it(run, published, stored, consul):
    run()
    published.snapshots[BEFORE]["Status"] = "available"
    read = consul.read

    def freed(prefix):
        stored()["metadata"]["finalizers"] = []
        return read(prefix)

    consul.read = freed
    with pytest.raises(PaasError, match="does not wait"):
        run()
    assert "delete_db_instance" not in published.operations


def test_an_instance_that_aws_works_on_is_waited_for(run, published, stored):
    stored()["spec"]["deletionPolicy"] = "Delete"

    def busy(**request):
        raise refusal(Conflict, "InvalidDBInstanceState: backing-up")

    published.delete_db_instance = busy
    assert "backing-up" in run().waits_for


def test_one_that_aws_is_deleting_is_not_asked_for_again(run, published):
    published.instances["shop-orders-k3f7q2m4xa"]["DBInstanceStatus"] = "deleting"
    assert "which deletes" in run().waits_for
    assert published.operations == []


def test_a_dry_run_touches_nothing_and_tells_every_step(run, published, consul, vault, said, cluster):
    progress = run(dry_run=True)
    assert [word in " ".join(progress.steps) for word in (BEFORE, LAST, "Consul", "Vault", "let go")] == [True] * 5
    assert (published.operations, consul.writes, vault.writes, cluster.writes, said) == ([], [], [], [], [])


def test_what_is_kept_is_kept_whole(run, published, services, settings, consul, vault, cluster, said):
    progress = run(services=dataclasses.replace(services, settings=settings))
    assert (progress.verdict.what, progress.done) == ("keep", True)
    assert published.operations == []
    assert (len(consul.keys), vault.secrets[PATH].data is None) == (4, False)
    assert cluster.objects == {}
    assert "deletion_follows_policy" in said[-1].message


def test_a_foreign_database_of_the_same_name_is_untouched(run, published, owner, consul, account):
    neighbour = Owner(**{**dataclasses.asdict(owner), "namespace": "bank", "claim": "bank-orders-k3f7q2m4xa"})
    account.add(neighbour)
    consul.put("bank/orders/rds_claim", neighbour.claim)
    for _ in range(3):
        for snapshot in account.snapshots.values():
            snapshot["Status"] = "available"
        done = run().done
    assert done
    assert list(account.instances) == [neighbour.claim]
    assert "bank/orders/rds_claim" in consul.keys


@pytest.mark.parametrize("killed_after", range(1, 13))
def test_a_run_that_is_killed_after_any_call_is_finished_by_the_next(
    run, published, account, consul, vault, cluster, killed_after
):
    """Counted are the calls that change something; the kill comes after the call was carried out."""

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

    for name in ("add_tags_to_resource", "create_db_snapshot", "modify_db_instance", "delete_db_instance"):
        setattr(account, name, dying(getattr(account, name)))
    consul.remove, vault.delete, cluster.replace = dying(consul.remove), dying(vault.delete), dying(cluster.replace)
    done = False
    for _ in range(12):
        try:
            done = run().done
        except Killed:
            pass
        except PaasError:
            assert cluster.objects == {}  # let go already
            done = True
        for snapshot in account.snapshots.values():
            snapshot["Status"] = "available"
        if done:
            break
    assert done
    assert (account.instances, cluster.objects) == ({}, {})
    assert sorted(account.snapshots) == [BEFORE, LAST]
    assert account.operations.count("create_db_snapshot") == 1
    assert vault.secrets[PATH].data is None
    assert list(consul.keys) == ["shop/orders/app/colour"]


def test_letting_go_waits_where_the_database_is_to_be_deleted(leaving, services, published, said, cluster):
    progress = let_go(leaving, services, say=said.append)
    assert not progress.done
    assert cluster.objects
    assert "rds_delete_db" in said[-1].message


def test_letting_go_does_not_take_the_object_from_a_deletion_that_has_begun(leaving, services, stored, said, cluster):
    stored()["status"]["conditions"] = [{"type": "Ready", "reason": "Deleting"}]
    progress = let_go(leaving, services, say=said.append)  # AWS has no instance any more: its traces are still there
    assert (progress.done, said) == (False, [])
    assert cluster.objects


def test_by_hand_it_is_let_go_all_the_same_and_the_database_is_kept(leaving, services, published, said, cluster):
    assert let_go(leaving, services, say=said.append, keep=True).done
    assert (published.operations, cluster.objects) == ([], {})


def test_letting_go_never_touches_anything_but_the_object(leaving, services, published, said, settings, consul, vault):
    before = (dict(consul.keys), dict(vault.secrets))
    let_go(leaving, dataclasses.replace(services, settings=settings), say=said.append)
    assert published.operations == []
    assert (dict(consul.keys), dict(vault.secrets)) == before
