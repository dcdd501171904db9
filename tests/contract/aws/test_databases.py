import pytest
from botocore.exceptions import ClientError

QUICK = {"creating": 60, "modifying": 30, "rebooting": 30, "deleting": 60}


@pytest.fixture
def slow(account):
    """Databases that take their time, by a clock that the tests move."""
    account.control("PUT", "delays", QUICK)
    return account


def code(error):
    return error.value.response["Error"]["Code"]


def test_without_delays_a_database_is_available_at_once(account):
    account.database("shop")
    assert account.statuses() == {"shop": "available"}


def test_a_new_database_is_creating_and_has_no_endpoint_yet(slow):
    created = slow.database("shop")
    described = slow.rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]
    assert (created["DBInstanceStatus"], described["DBInstanceStatus"]) == ("creating", "creating")
    assert "Endpoint" not in described


def test_it_becomes_available_with_its_endpoint_when_its_time_is_over(slow):
    slow.database("shop")
    slow.later(61)
    described = slow.rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]
    assert (described["DBInstanceStatus"], described["Endpoint"]["Port"]) == ("available", 3306)


def test_one_that_is_creating_cannot_be_modified(slow):
    slow.database("shop")
    with pytest.raises(ClientError) as error:
        slow.rds.modify_db_instance(DBInstanceIdentifier="shop", AllocatedStorage=30)
    assert code(error) == "InvalidDBInstanceState"


def test_a_modified_database_shows_it_for_a_while(slow):
    slow.database("shop")
    slow.later(61)
    modified = slow.rds.modify_db_instance(DBInstanceIdentifier="shop", AllocatedStorage=30, ApplyImmediately=True)
    assert modified["DBInstance"]["DBInstanceStatus"] == "modifying"
    slow.later(31)
    assert slow.statuses() == {"shop": "available"}


def test_a_deleted_database_is_seen_deleting_and_then_not_at_all(slow):
    slow.database("shop")
    slow.database("bank")
    slow.later(61)
    deleted = slow.rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    assert deleted["DBInstance"]["DBInstanceStatus"] == "deleting"
    assert slow.statuses() == {"bank": "available", "shop": "deleting"}
    one = slow.rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]
    assert (one["DBInstanceStatus"], one["Engine"]) == ("deleting", "mysql")
    slow.later(61)
    assert slow.statuses() == {"bank": "available"}
    with pytest.raises(ClientError) as error:
        slow.rds.describe_db_instances(DBInstanceIdentifier="shop")
    assert code(error) == "DBInstanceNotFound"


def test_a_database_that_is_deleting_keeps_its_name(slow):
    slow.database("shop")
    slow.later(61)
    slow.rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    with pytest.raises(ClientError) as again:
        slow.database("shop")
    assert code(again) == "DBInstanceAlreadyExists"
    with pytest.raises(ClientError) as twice:
        slow.rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    assert code(twice) == "InvalidDBInstanceState"


@pytest.mark.parametrize("status", ["failed", "storage-full", "incompatible-parameters", "restore-error"])
def test_a_database_can_be_told_to_fail(account, status):
    account.database("shop")
    account.control("POST", "status", {"id": "shop", "status": status})
    assert account.statuses() == {"shop": status}
    account.control("DELETE", "status?id=shop")
    assert account.statuses() == {"shop": "available"}


def test_a_failure_can_end_by_itself(account):
    account.database("shop")
    account.control("POST", "status", {"id": "shop", "status": "storage-full", "seconds": 10})
    account.later(11)
    assert account.statuses() == {"shop": "available"}


def test_a_snapshot_and_a_cluster_take_their_time_too(slow):
    slow.database("shop")
    slow.later(61)
    taken = slow.rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="before")
    assert taken["DBSnapshot"]["Status"] == "creating"
    login = {"MasterUsername": "paas", "MasterUserPassword": "planted-password"}
    slow.rds.create_db_cluster(DBClusterIdentifier="team", Engine="aurora-mysql", **login)
    assert slow.rds.describe_db_clusters()["DBClusters"][0]["Status"] == "creating"
    slow.later(61)
    assert slow.rds.describe_db_snapshots()["DBSnapshots"][0]["Status"] == "available"
    assert slow.rds.describe_db_clusters()["DBClusters"][0]["Status"] == "available"


def test_tags_of_any_text_pass_through(slow):
    slow.database("shop", Tags=[{"Key": "paas.internal/name", "Value": 'bücher <&> "x"'}])
    found = slow.rds.describe_db_instances()["DBInstances"][0]["TagList"]
    assert found == [{"Key": "paas.internal/name", "Value": 'bücher <&> "x"'}]
