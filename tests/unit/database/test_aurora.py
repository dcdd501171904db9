"""An Aurora cluster is one database with members."""

import dataclasses

import pytest

from paas.database.deletion import Services, delete
from paas.database.instances import cluster_of
from paas.database.modification import compare
from paas.database.provisioning import provision
from paas.settings import DatabasePlatform

PATH = "secret/shop/orders/rds"
PLATFORM = DatabasePlatform(cluster_parameter_groups={"aurora-mysql": "paas-aurora"}, subnet_group="paas")


@pytest.fixture
def aurora(spec):
    return dataclasses.replace(spec, engine="aurora-mysql", version=None, instance_class="db.r6g.large")


@pytest.fixture
def make(vault, instances, snapshots, owner, aurora):
    vault.put(PATH, {"rds_password": "planted", "rds_claim": owner.claim})
    return lambda: provision(vault, instances, aurora, owner=owner, path=PATH, platform=PLATFORM, snapshots=snapshots)


def available(account, owner, *members):
    account.clusters[owner.claim].update(
        Status="available", Endpoint="writer.example.com", ReaderEndpoint="reader.example.com", Port=3306
    )
    for name in members:
        account.instances[name]["DBInstanceStatus"] = "available"


def test_a_cluster_and_its_first_member_are_made(make, account, owner):
    make()
    assert owner.claim in account.clusters
    assert list(account.instances) == [f"{owner.claim}-1"]
    assert account.created[0]["DBClusterParameterGroupName"] == "paas-aurora"
    assert account.created[1]["DBInstanceClass"] == "db.r6g.large"


def test_a_run_that_died_before_the_first_member_is_finished(make, account, owner):
    make()
    account.instances.clear()
    account.clusters[owner.claim]["DBClusterMembers"] = []
    make()
    assert list(account.instances) == [f"{owner.claim}-1"]


def test_twice_is_once(make, account):
    make()
    make()
    assert len(account.created) == 2


def test_it_is_available_once_a_member_is(make, account, owner, instances):
    make()
    available(account, owner)
    assert instances.find(owner.claim).status == "creating"
    available(account, owner, f"{owner.claim}-1")
    found = instances.find(owner.claim)
    assert (found.is_available, found.endpoint, found.reader_endpoint) == (
        True,
        "writer.example.com",
        "reader.example.com",
    )


def test_a_listing_shows_one_database(make, account, owner, instances):
    make()
    available(account, owner, f"{owner.claim}-1")
    (found,) = instances.ours()
    assert (found.identifier, found.is_cluster, found.members) == (owner.claim, True, (f"{owner.claim}-1",))


def test_read_replicas_are_further_members(make, account, owner, instances, aurora):
    make()
    available(account, owner, f"{owner.claim}-1")
    account.instances[f"{owner.claim}-1"]["DBInstanceClass"] = "db.r6g.large"
    found = compare(instances.find(owner.claim), dataclasses.replace(aurora, read_replicas=2), PLATFORM)
    assert found.add == [f"{owner.claim}-2", f"{owner.claim}-3"]


def test_its_storage_is_its_own_affair(make, account, owner, instances, aurora):
    make()
    available(account, owner, f"{owner.claim}-1")
    account.instances[f"{owner.claim}-1"]["DBInstanceClass"] = "db.r6g.large"
    found = compare(instances.find(owner.claim), dataclasses.replace(aurora, storage_gib=99), PLATFORM)
    assert (found.refused, "AllocatedStorage" in found.changes) == ([], False)


def test_its_members_go_before_the_cluster(make, account, owner, instances, snapshots, place, following, leaving):
    make()
    available(account, owner, f"{owner.claim}-1")
    leaving.cluster.objects["shop/orders"]["spec"] = {"engine": "aurora-mysql", "deletionPolicy": "Delete"}

    def delete_db_cluster(DBClusterIdentifier, **request):  # noqa: N803
        assert not [each for each in account.instances if each.startswith(owner.claim)]
        del account.clusters[DBClusterIdentifier]

    def modify_db_cluster(**request):
        pass

    def add_tags_to_resource(ResourceName, Tags):  # noqa: N803
        account.clusters[owner.claim]["TagList"] += Tags

    account.delete_db_cluster, account.modify_db_cluster = delete_db_cluster, modify_db_cluster
    account.add_tags_to_resource = add_tags_to_resource
    services = Services(
        instances=instances, snapshots=snapshots, place=place, settings=following, copies=lambda claim: None
    )
    delete(leaving, services, say=lambda report: None)
    assert account.clusters == {}


def test_a_cluster_without_members_is_still_being_made():
    described = {"DBClusterIdentifier": "c", "Status": "available", "Endpoint": "e", "Port": 1}
    assert cluster_of(described, ()).status == "creating"
