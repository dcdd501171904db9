"""One database's life on real sockets: changed, rotated, snapshotted, restored, deleted by its policy."""

import pytest

from tests.unit.actions.platform import OBJECTS

SECRET = "secret/default/{}/rds"


@pytest.fixture
def living(platform, chain):
    """A database that is Available: its name, and its claim."""

    def living(**spec):
        name = platform.new_name()
        platform.create(name, **spec)
        assert chain("default", name)
        assert platform.object(name)["status"]["phase"] == "Available"
        return name, platform.object(name)["status"]["claim"]

    return living


def identity(name, cluster="paasA"):
    return {
        "cluster": cluster,
        "namespace": "default",
        "name": name,
        "api_version": "paas.internal/v1",
        "object_kind": "Database",
    }


def edit(platform, name, **spec):
    found = platform.object(name)
    found["spec"] = {**found["spec"], **spec}
    platform.kube["paasA"].replace(f"{OBJECTS}/{name}", found)


def condition(platform, name, kind):
    return next(each for each in platform.object(name)["status"]["conditions"] if each["type"] == kind)


def is_there(platform, name, cluster="paasA"):
    found = platform.kube[cluster].list(OBJECTS)
    return name in [each["metadata"]["name"] for each in found]


def snapshots_of(platform, claim):
    # AWS's automated ones are not the policy's.
    answer = platform.aws.call(
        "rds", "describe_db_snapshots", target="all", DBInstanceIdentifier=claim, SnapshotType="manual"
    )
    return sorted(each["DBSnapshotIdentifier"] for each in answer["DBSnapshots"])


def test_a_change_reaches_aws_and_its_generation_the_status(platform, living, chain):
    name, claim = living(storageGiB=20)
    edit(platform, name, storageGiB=30, **{"class": "db.t3.small"})
    assert chain("default", name, of="db_modify_chain")
    instance = platform.instance(claim)
    assert (instance["AllocatedStorage"], instance["DBInstanceClass"]) == (30, "db.t3.small")
    found = platform.object(name)
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]


def test_a_change_that_is_refused_is_said_and_the_database_stays_available(platform, living, chain):
    name, claim = living()
    edit(platform, name, multiAZ=True, backupRetentionDays=3)
    assert chain("default", name, of="db_modify_chain")
    assert platform.object(name)["status"]["phase"] == "Available"
    assert condition(platform, name, "Accepted")["status"] == "False"
    assert "multiAZ" in condition(platform, name, "Accepted")["message"]
    assert platform.instance(claim)["BackupRetentionPeriod"] == 3


def test_a_password_is_rotated_and_shown_nowhere(platform, living, act):
    name, _ = living()
    before = platform.password(name)
    result = act("db_rotate_password", **identity(name), lost=False, dry_run=False)
    after = platform.password(name)
    assert after != before
    assert after not in str(result) + platform.everything_outside_vault(name)


def test_deletion_takes_a_snapshot_first_and_leaves_nothing_else(platform, living, chain):
    name, claim = living()
    neighbour, theirs = living()
    platform.delete(name)
    uid = platform.object(name)["metadata"]["uid"]
    for _ in range(3):
        if is_there(platform, name):
            assert chain("default", name, of="db_delete_chain")
    assert not is_there(platform, name)
    assert claim not in platform.instances()
    assert snapshots_of(platform, claim) == [f"{claim}-before-{uid[:8]}", f"{claim}-last-{uid[:8]}"]
    assert platform.keys(name) == {}
    assert platform.vault["paasA"].read(SECRET.format(name)).data is None
    assert theirs in platform.instances()
    assert platform.keys(neighbour)["rds_claim"] == theirs


def test_the_policy_delete_leaves_nothing_at_all(platform, living, chain):
    name, claim = living(deletionPolicy="Delete")
    platform.delete(name)
    for _ in range(3):
        if is_there(platform, name):
            assert chain("default", name, of="db_delete_chain")
    assert claim not in platform.instances()
    assert snapshots_of(platform, claim) == []
    assert platform.vault["paasA"].read(SECRET.format(name)) is None


def test_the_policy_retain_keeps_everything(platform, living, chain):
    name, claim = living(deletionPolicy="Retain")
    password = platform.password(name)
    platform.delete(name)
    assert chain("default", name, of="db_delete_chain")
    assert not is_there(platform, name)
    assert claim in platform.instances()
    assert (platform.password(name), platform.keys(name)["rds_claim"]) == (password, claim)


def test_released_objects_keep_their_databases(platform, living, chain, act):
    name, claim = living()
    platform.delete(name)
    assert chain("default", name, of="db_release_chain")  # its policy would delete: it is left waiting
    assert "rds_delete_db" in condition(platform, name, "Ready")["message"]
    act("db_release", **identity(name), keep=True, dry_run=False)
    assert not is_there(platform, name)
    assert claim in platform.instances()


def test_nothing_happens_to_an_object_that_nobody_deleted(platform, living, chain):
    name, claim = living()
    chain("default", name, of="db_delete_chain")
    assert claim in platform.instances()
    assert platform.keys(name)["rds_claim"] == claim
    assert platform.object(name)["status"]["phase"] == "Available"


def test_a_dry_run_of_a_deletion_tells_the_steps_and_takes_none(platform, living, act):
    name, claim = living()
    platform.delete(name)
    result = act("rds_delete_database", **identity(name), dry_run=True)
    assert (result["verdict"], result["done"]) == ("delete", False)
    assert len(result["steps"]) == 5
    assert claim in platform.instances()
    act("db_release", **identity(name), keep=True, dry_run=False)


def test_an_object_whose_spec_names_a_snapshot_begins_with_its_data(platform, living, chain, act):
    name, claim = living()
    act("rds_snapshot", **identity(name), snapshot=f"{name}-nightly", dry_run=False)
    copy = platform.new_name()
    platform.create(copy, snapshot=f"{name}-nightly")
    for _ in range(2):  # AWS's restoring, then the password and the publishing
        assert chain("default", copy)
    assert platform.object(copy)["status"]["phase"] == "Available"
    mine = platform.object(copy)["status"]["claim"]
    tags = {each["Key"]: each["Value"] for each in platform.instance(mine)["TagList"]}
    assert tags["paas.internal/claim"] == mine != claim
    assert "paas.internal/restored" not in tags


def test_a_list_shows_objects_with_their_databases(platform, living, act):
    name, claim = living()
    rows = act("db_list", limit=500)["databases"]
    (mine,) = [each for each in rows if each["claim"] == claim]
    assert (mine["cluster"], mine["name"], mine["aws_status"], mine["owner"]) == ("paasA", name, "available", "paasA")


def test_unpublishing_takes_the_keys_and_nothing_else(platform, living, act, chain):
    name, claim = living()
    act("db_unpublish", **identity(name), dry_run=True)
    assert platform.keys(name)
    act("db_unpublish", **identity(name), dry_run=False)
    assert (platform.keys(name), claim in platform.instances()) == ({}, True)
    assert chain("default", name)
    assert platform.keys(name)["rds_claim"] == claim


@pytest.mark.parametrize("engine", ["mariadb", "postgres"])
def test_other_engines_are_served(platform, living, engine):
    _, claim = living(engine=engine)
    assert platform.instance(claim)["Engine"] == engine


def test_read_replicas_come_with_the_database_and_go_with_it(platform, living, chain):
    name, claim = living(readReplicas=2, deletionPolicy="Delete")
    assert {f"{claim}-1", f"{claim}-2"} <= set(platform.instances())
    assert chain("default", name)
    assert platform.keys(name)["rds_replica_endpoints"].count(":") == 2
    platform.delete(name)
    for _ in range(3):
        if is_there(platform, name):
            assert chain("default", name, of="db_delete_chain")
    assert not [each for each in platform.instances() if each.startswith(claim)]


def test_an_aurora_cluster_is_one_database(platform, chain):
    name = platform.new_name()
    platform.create(name, engine="aurora-mysql", deletionPolicy="Delete", **{"class": "db.r6g.large"})
    for _ in range(2):
        assert chain("default", name)
    status = platform.object(name)["status"]
    assert status["phase"] == "Available"
    assert platform.keys(name)["rds_reader_endpoint"]
    platform.delete(name)
    for _ in range(4):
        if is_there(platform, name):
            assert chain("default", name, of="db_delete_chain")
    assert not is_there(platform, name)
    clusters = platform.aws.call("rds", "describe_db_clusters", target="all")["DBClusters"]
    assert status["claim"] not in [each["DBClusterIdentifier"] for each in clusters]
