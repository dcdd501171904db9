"""The same object in both clusters of a pair: one database, handed over, and never hurt by the cluster that lost it."""

import pytest

from tests.unit.actions.chains import run_action
from tests.unit.actions.platform import OBJECTS

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/databases.paas.internal"


@pytest.fixture
def pair(platform, chain):
    """A database of paasA whose object was migrated to paasB: its name and its claim."""

    def pair():
        name = platform.new_name()
        platform.create(name)
        assert chain("default", name)
        claim = platform.object(name)["status"]["claim"]
        migrated = {"annotations": {"paas.internal/claim": claim}}  # what the migration keeps
        platform.create(name, cluster="paasB", metadata=migrated)
        assert chain("default", name, "paasB")
        return name, claim

    return pair


def mine(platform, name):
    return [each for each in platform.instances() if each.startswith(f"default-{name}-")]


@pytest.fixture
def hand_over(platform):
    """Hand everything over; what became of one database. Those without a copy are held, so the action may fail."""

    def hand_over(name, source="paasA", destination="paasB", *, dry_run=False):
        parameters = {"source": source, "destination": destination, "dry_run": dry_run}
        _, result = run_action("db_hand_over", config=platform.config, parameters=parameters)
        return next(each["outcome"] for each in result["databases"] if each["name"] == name)

    return hand_over


@pytest.fixture
def let_go_all(platform, chain):
    """What the rule does for each object of a cluster that is being deleted."""

    def let_go_all(cluster):
        for name in [each["metadata"]["name"] for each in platform.kube[cluster].list(OBJECTS)]:
            assert chain("default", name, cluster, of="db_delete_chain")

    return let_go_all


def test_the_copy_adopts_and_makes_nothing(platform, pair):
    name, claim = pair()
    assert mine(platform, name) == [claim]
    status = platform.object(name, cluster="paasB")["status"]
    assert (status["phase"], status["owner"], status["claim"]) == ("Available", "paasA", claim)
    assert platform.keys(name, cluster="paasB") == {}
    assert platform.password(name, cluster="paasB") is None


def test_until_then_the_copy_may_go_and_nothing_happens(platform, pair, chain):
    name, claim = pair()
    platform.delete(name, cluster="paasB")
    assert chain("default", name, "paasB", of="db_delete_chain")
    assert mine(platform, name) == [claim]
    assert platform.keys(name)["rds_claim"] == claim


def test_an_owner_that_goes_while_the_copy_lives_leaves_the_database(platform, pair, chain):
    name, claim = pair()
    platform.delete(name)
    assert chain("default", name, of="db_delete_chain")
    assert mine(platform, name) == [claim]


def test_after_the_hand_over_paasB_serves_it_and_paasA_can_do_nothing(platform, pair, chain, act, hand_over):
    name, claim = pair()
    assert hand_over(name, dry_run=True) == "would move"
    assert platform.object(name, cluster="paasB")["status"]["owner"] == "paasA"
    assert hand_over(name) == "moved"
    assert platform.keys(name, cluster="paasB")["rds_claim"] == claim
    assert platform.password(name, cluster="paasB") == platform.password(name)
    found = platform.object(name)
    found["spec"]["storageGiB"] = 99
    platform.kube["paasA"].replace(f"{OBJECTS}/{name}", found)
    chain("default", name, of="db_modify_chain")
    assert platform.instance(claim)["AllocatedStorage"] != 99
    refused = act(
        "db_rotate_password",
        succeeds=False,
        cluster="paasA",
        namespace="default",
        name=name,
        api_version="paas.internal/v1",
        object_kind="Database",
        lost=False,
        dry_run=False,
    )
    assert "owned by paasB" in refused["message"]
    platform.delete(name)
    assert chain("default", name, of="db_delete_chain")
    assert mine(platform, name) == [claim]
    assert platform.keys(name, cluster="paasB")["rds_claim"] == claim


def test_and_back(platform, pair, hand_over, chain):
    name, claim = pair()
    hand_over(name)
    assert hand_over(name, source="paasB", destination="paasA") == "moved"
    assert platform.object(name)["status"]["owner"] == "paasA"
    assert platform.object(name, cluster="paasB")["status"]["owner"] == "paasA"
    assert chain("default", name)
    assert platform.instance(claim)["DBInstanceStatus"] == "available"


def test_after_a_hand_over_object_and_definition_go_from_the_old_cluster_and_the_new_one_serves(
    platform, chain, hand_over, let_go_all
):
    """An upgrade the other way round, from paasB to paasA, so that the definition can go."""
    name = platform.new_name()
    platform.create(name, cluster="paasB")
    assert chain("default", name, "paasB")
    claim = platform.object(name, cluster="paasB")["status"]["claim"]
    platform.create(name, metadata={"annotations": {"paas.internal/claim": claim}})
    assert chain("default", name)
    assert hand_over(name, source="paasB", destination="paasA") == "moved"
    keys, password = platform.keys(name), platform.password(name)
    assert keys["rds_claim"] == claim
    platform.delete(name, cluster="paasB")
    platform.kube["paasB"].delete(DEFINITIONS)
    let_go_all("paasB")
    assert mine(platform, name) == [claim]
    assert chain("default", name)
    status = platform.object(name)["status"]
    assert (status["phase"], status["owner"]) == ("Available", "paasA")
    assert (platform.keys(name), platform.password(name)) == (keys, password)
    platform.define("paasB")


def test_a_definition_that_is_deleted_by_mistake_takes_no_database_along_and_they_come_back(
    platform, pair, chain, let_go_all
):
    copied, theirs = pair()
    own = platform.new_name()
    platform.create(own, cluster="paasB")
    assert chain("default", own, "paasB")
    claim, password = platform.object(own, cluster="paasB")["status"]["claim"], platform.password(own, cluster="paasB")
    before = sorted(platform.instances())
    platform.kube["paasB"].delete(DEFINITIONS)
    let_go_all("paasB")
    assert sorted(platform.instances()) == before
    assert mine(platform, copied) == [theirs]
    platform.define("paasB")
    platform.create(own, cluster="paasB")  # applied again, without what the platform had written on it
    assert chain("default", own, "paasB")
    status = platform.object(own, cluster="paasB")["status"]
    assert (status["phase"], status["claim"]) == ("Available", claim)
    assert sorted(platform.instances()) == before
    assert platform.password(own, cluster="paasB") == password
