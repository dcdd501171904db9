"""What may change is changed, what may not is said, and what a hand changed is put back."""

import dataclasses

import pytest

from paas.database.modification import compare, settle
from paas.database.progress import modify
from paas.errors import Conflict, Refused
from paas.settings import DatabasePlatform
from tests.unit.database.conftest import refusal


@pytest.fixture
def differ(account, instances, spec, owner):
    """What differs where the spec or AWS says something else than usual."""

    def differ(*, aws=None, platform=None, **asked):
        account.add(owner, **(aws or {}))
        wanted = dataclasses.replace(spec, **asked)
        return compare(instances.find(owner.claim), wanted, platform or DatabasePlatform())

    return differ


def test_a_database_as_it_is_asked_for_differs_in_nothing(differ):
    found = differ()
    assert (found.changes, found.refused, found.needs_work) == ({}, [], False)


@pytest.mark.parametrize(
    ("asked", "change"),
    [
        ({"instance_class": "db.t3.small"}, {"DBInstanceClass": "db.t3.small"}),
        ({"storage_gib": 30}, {"AllocatedStorage": 30}),
        ({"backup_retention_days": 14}, {"BackupRetentionPeriod": 14}),
        ({"backup_retention_days": 0}, {"BackupRetentionPeriod": 0}),
        ({"version": "8.0.39"}, {"EngineVersion": "8.0.39"}),
    ],
)
def test_what_may_change_is_changed(differ, asked, change):
    found = differ(**asked)
    assert (found.changes, found.refused) == (change, [])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"storage_gib": 20}, "storageGiB is 50 and cannot become 20"),
        ({"engine": "postgres"}, "engine is mysql"),
        ({"database_name": "other"}, "databaseName is orders"),
        ({"multi_az": True}, "multiAZ is false"),
        ({"version": "5.7"}, "cannot go back to 5.7"),
        ({"version": "8.4"}, "allow_major_version_upgrade"),
    ],
)
def test_what_may_not_change_is_refused_in_words(differ, asked, words):
    found = differ(aws={"AllocatedStorage": 50}, **{"storage_gib": 50, **asked})
    assert found.changes == {}
    assert words in found.refused[0]


def test_a_major_version_is_upgraded_where_the_platform_allows_it(differ):
    found = differ(version="8.4", platform=DatabasePlatform(allow_major_version_upgrade=True))
    assert found.changes == {"EngineVersion": "8.4"}


@pytest.mark.parametrize(
    ("engine", "have", "want", "is_major"),
    [
        ("postgres", "16.3", "16.4", False),
        ("postgres", "16.3", "17.1", True),
        ("mariadb", "10.11.6", "10.11.8", False),
        ("mariadb", "10.11.6", "11.4", True),
    ],
)
def test_which_version_is_a_major_one_depends_on_the_engine(differ, engine, have, want, is_major):
    found = differ(aws={"Engine": engine, "EngineVersion": have}, engine=engine, version=want)
    assert bool(found.refused) == is_major


def test_a_minor_version_that_aws_upgraded_by_itself_is_no_difference(differ):
    assert not differ(aws={"EngineVersion": "8.0.41"}, version="8.0").needs_work


def test_what_aws_is_about_to_change_is_not_asked_for_again(differ):
    found = differ(aws={"PendingModifiedValues": {"DBInstanceClass": "db.t3.small"}}, instance_class="db.t3.small")
    assert not found.needs_work


@pytest.mark.parametrize(
    ("aws", "change"),
    [
        ({"DeletionProtection": False}, {"DeletionProtection": True}),
        ({"PubliclyAccessible": True}, {"PubliclyAccessible": False}),
        ({"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-9"}]}, {"VpcSecurityGroupIds": ["sg-1"]}),
    ],
)
def test_what_a_hand_changed_of_the_platforms_own_is_put_back(differ, aws, change):
    aws = {"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}], **aws}
    assert differ(aws=aws, platform=DatabasePlatform(security_group_ids=("sg-1",))).changes == change


def test_a_retiring_database_is_left_to_its_end(account, instances, owner, spec):
    account.add(owner, tags={"paas.internal/retiring": "u-1"}, DeletionProtection=False)
    assert not compare(instances.find(owner.claim), spec, DatabasePlatform()).needs_work


@pytest.fixture
def settled(account, instances, spec, owner):
    def settled(*, dry_run=False, platform=None, **asked):
        wanted = dataclasses.replace(spec, **asked)
        found = instances.find(owner.claim)
        return settle(instances, found, wanted, platform or DatabasePlatform(), dry_run=dry_run)

    account.add(owner)
    return settled


@pytest.mark.parametrize("at_once", [True, False])
def test_the_platform_says_whether_at_once_or_in_the_window(settled, account, at_once):
    settled(storage_gib=30, platform=DatabasePlatform(apply_immediately=at_once))
    assert account.asked[0][1]["ApplyImmediately"] is at_once


def test_twice_is_once(settled, account):
    settled(storage_gib=30)
    settled(storage_gib=30)
    assert account.operations == ["modify_db_instance"]


def test_a_dry_run_changes_nothing_and_tells_what_it_would(settled, account):
    assert settled(dry_run=True, storage_gib=30).told == ["storageGiB 20 becomes 30"]
    assert account.operations == []


def test_a_database_that_aws_works_on_is_left_for_later(settled, account):
    def busy(**request):
        raise refusal(Conflict, "InvalidDBInstanceState")

    account.modify_db_instance = busy
    assert settled(storage_gib=30).needs_work


def test_replicas_are_made_and_those_too_many_deleted(settled, account, owner):
    settled(read_replicas=2)
    assert sorted(account.instances) == [owner.claim, f"{owner.claim}-1", f"{owner.claim}-2"]
    settled(read_replicas=1)
    assert sorted(account.instances) == [owner.claim, f"{owner.claim}-1"]


def test_a_replica_that_somebody_else_made_is_left_alone(settled, account, owner):
    account.create_db_instance_read_replica(
        DBInstanceIdentifier="reporting", SourceDBInstanceIdentifier=owner.claim, DBInstanceClass="db.t3.micro", Tags=[]
    )
    settled(read_replicas=0)
    assert "reporting" in account.instances


def test_replicas_take_the_class_of_their_source(settled, account, owner):
    settled(read_replicas=1)
    settled(read_replicas=1, instance_class="db.t3.small")
    assert account.instances[f"{owner.claim}-1"]["DBInstanceClass"] == "db.t3.small"


def test_a_cluster_that_does_not_own_it_changes_nothing(account, instances, elsewhere, owner, database, settings):
    account.add(elsewhere, AllocatedStorage=10)
    with pytest.raises(Refused, match="owned by paasB"):
        modify(instances, database.read(), owner=owner, settings=settings)
    assert account.operations == []


def test_a_refused_change_does_not_hold_up_the_others(account, instances, owner, database, settings, stored):
    account.add(owner)
    stored()["spec"] = {"engine": "mysql", "databaseName": "orders", "multiAZ": True, "storageGiB": 40}
    report, changes = modify(instances, database.read(), owner=owner, settings=settings)
    assert changes == ("storageGiB 20 becomes 40",)
    assert "multiAZ" in report.refused


def test_a_spec_that_may_not_be_had_is_said_and_changes_nothing(account, instances, owner, database, settings, stored):
    account.add(owner)
    stored()["spec"] = {"class": "db.r6g.16xlarge"}
    report, changes = modify(instances, database.read(), owner=owner, settings=settings)
    assert changes == ()
    assert "databases.allow.classes" in report.refused


@pytest.mark.parametrize(("observed", "is_drift"), [(1, True), (0, False)])
def test_a_difference_from_a_spec_that_was_met_before_is_drift(
    account, instances, owner, database, settings, stored, observed, is_drift
):
    account.add(owner, DeletionProtection=False)
    stored()["status"] = {"observedGeneration": observed, "conditions": [{"type": "InSync"}]}
    report, _ = modify(instances, database.read(), owner=owner, settings=settings)
    assert bool(report.drift) == is_drift
