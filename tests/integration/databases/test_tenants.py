"""Tenants beside each other: names that meet, claims that are borrowed, two events at once."""

import threading

import pytest


@pytest.fixture
def create(platform):
    def create(namespace, name, cluster="paasA", annotations=None):
        collection = f"/apis/paas.internal/v1/namespaces/{namespace}/databases"
        metadata = {"name": name, "annotations": annotations or {}}
        body = {"apiVersion": "paas.internal/v1", "kind": "Database", "metadata": metadata, "spec": {}}
        platform.kube[cluster].create(collection, body)
        return lambda: platform.kube[cluster].get(f"{collection}/{name}")["status"]

    return create


@pytest.fixture
def let_go(act):
    """Let a deleted object of `shop` go, and keep its database."""

    def let_go(name):
        identity = {"cluster": "paasA", "namespace": "shop", "name": name}
        kind = {"api_version": "paas.internal/v1", "object_kind": "Database"}
        return act("db_release", **identity, **kind, keep=True, dry_run=False)["done"]

    return let_go


@pytest.fixture(scope="module", autouse=True)
def namespaces(platform):
    for name in ("a", "a-b", "shop", "bank"):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        platform.kube["paasA"].create("/api/v1/namespaces", body)


def test_names_that_differ_only_in_punctuation_get_two_databases(create, chain, platform):
    one, other = create("a-b", "c.d"), create("a", "b-c-d")
    assert chain("a-b", "c.d")
    assert chain("a", "b-c-d")
    assert one()["phase"] == other()["phase"] == "Available"
    assert one()["claim"] != other()["claim"]
    assert one()["vaultPath"] != other()["vaultPath"]
    assert platform.instance(one()["claim"])["Endpoint"] != platform.instance(other()["claim"])["Endpoint"]


def test_two_namespaces_with_an_object_of_one_name_get_two_databases(create, chain):
    one, other = create("shop", "orders"), create("bank", "orders")
    assert chain("shop", "orders")
    assert chain("bank", "orders")
    assert one()["claim"] != other()["claim"]


def test_a_borrowed_claim_opens_nothing(create, chain, platform):
    victim = create("shop", "ledger")
    assert chain("shop", "ledger")
    thief = create("bank", "ledger", annotations={"paas.internal/claim": victim()["claim"]})
    assert chain("bank", "ledger")
    assert thief()["phase"] == "Refused"
    assert platform.consul["paasA"].read("bank/ledger") == {}
    assert platform.vault["paasA"].read("secret/bank/ledger/rds") is None


def test_a_claim_of_the_same_beginning_opens_nothing_either(create, chain, platform):
    victim = create("a-b", "c")
    assert chain("a-b", "c")
    thief = create("a", "b-c", annotations={"paas.internal/claim": victim()["claim"]})
    assert chain("a", "b-c")
    assert thief()["phase"] == "Refused"
    assert "a-b/c" in thief()["conditions"][1]["message"]
    assert platform.vault["paasA"].read("secret/a/b-c/rds") is None


def test_the_end_of_one_leaves_the_other_of_its_name_and_a_strangers_database_too(create, chain, platform):
    """Two namespaces, names that meet but for punctuation, and an instance that somebody made by hand."""
    names = [("shop", "twin"), ("bank", "twin"), ("a-b", "e.f"), ("a", "b-e-f")]
    statuses = [create(*each) for each in names]
    for each in names:
        assert chain(*each)
    claims = [status()["claim"] for status in statuses]
    stranger = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    platform.aws.call("rds", "create_db_instance", target="it", DBInstanceIdentifier="shop-twin", **stranger)
    for number in (0, 2):
        namespace, name = names[number]
        platform.kube["paasA"].delete(f"/apis/paas.internal/v1/namespaces/{namespace}/databases/{name}")
        for _ in range(2):
            chain(namespace, name, of="db_delete_chain")
    left = platform.instances()
    assert [each in left for each in claims] == [False, True, False, True]
    assert "shop-twin" in left
    for number in (1, 3):
        namespace, name = names[number]
        assert statuses[number]()["phase"] == "Available"
        assert platform.consul["paasA"].read(f"{namespace}/{name}")[f"{namespace}/{name}/rds_claim"].value
        assert platform.vault["paasA"].read(f"secret/{namespace}/{name}/rds").data["rds_claim"] == claims[number]


def test_a_deletion_leaves_an_instance_alone_that_bears_its_claim_and_not_its_tags(create, chain, platform):
    """Somebody deleted the database and made one by hand under its identifier."""
    status = create("shop", "usurped")
    assert chain("shop", "usurped")
    claim = status()["claim"]
    platform.aws.call("rds", "modify_db_instance", target=claim, DBInstanceIdentifier=claim, DeletionProtection=False)
    platform.aws.call("rds", "delete_db_instance", target=claim, DBInstanceIdentifier=claim, SkipFinalSnapshot=True)
    stranger = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    platform.aws.call("rds", "create_db_instance", target="it", DBInstanceIdentifier=claim, **stranger)
    platform.kube["paasA"].delete("/apis/paas.internal/v1/namespaces/shop/databases/usurped")
    assert chain("shop", "usurped", of="db_delete_chain")
    assert claim in platform.instances()


def test_events_that_come_at_once_make_one_database(create, chain, platform):
    status = create("shop", "parallel")
    threads = [threading.Thread(target=chain, args=("shop", "parallel")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert chain("shop", "parallel")
    assert status()["phase"] == "Available"
    ours = [each for each in platform.instances() if each.startswith("shop-parallel-")]
    assert ours == [status()["claim"]]
    assert platform.vault["paasA"].read("secret/shop/parallel/rds").version == 1


def test_an_object_made_anew_under_its_name_takes_its_kept_database_again(create, chain, platform, let_go):
    first = create("shop", "renewed")
    assert chain("shop", "renewed")
    claim, secret = first()["claim"], platform.vault["paasA"].read("secret/shop/renewed/rds")
    platform.kube["paasA"].delete("/apis/paas.internal/v1/namespaces/shop/databases/renewed")
    assert let_go("renewed")
    second = create("shop", "renewed")  # as from Git: without the annotation
    assert chain("shop", "renewed")
    assert (second()["phase"], second()["claim"]) == ("Available", claim)
    assert [each for each in platform.instances() if each.startswith("shop-renewed-")] == [claim]
    assert platform.vault["paasA"].read("secret/shop/renewed/rds").data == secret.data


def test_an_object_made_anew_gets_a_database_of_its_own_once_the_kept_one_is_gone(create, chain, platform, let_go):
    first = create("shop", "anew")
    assert chain("shop", "anew")
    claim, secret = first()["claim"], platform.vault["paasA"].read("secret/shop/anew/rds")
    platform.kube["paasA"].delete("/apis/paas.internal/v1/namespaces/shop/databases/anew")
    assert let_go("anew")
    platform.aws.call("rds", "modify_db_instance", target=claim, DBInstanceIdentifier=claim, DeletionProtection=False)
    platform.aws.call("rds", "delete_db_instance", target=claim, DBInstanceIdentifier=claim, SkipFinalSnapshot=True)
    second = create("shop", "anew")
    assert chain("shop", "anew")
    assert second()["phase"] == "Available"
    assert second()["claim"] != claim
    # What the earlier one left behind gives way as a new version.
    assert platform.vault["paasA"].read("secret/shop/anew/rds").data != secret.data


def test_an_object_made_anew_with_its_claim_gets_its_database_back(create, chain, platform, let_go):
    first = create("shop", "returned")
    assert chain("shop", "returned")
    claim = first()["claim"]
    password = platform.vault["paasA"].read("secret/shop/returned/rds").data["rds_password"]
    platform.kube["paasA"].delete("/apis/paas.internal/v1/namespaces/shop/databases/returned")
    assert let_go("returned")
    second = create("shop", "returned", annotations={"paas.internal/claim": claim})
    assert chain("shop", "returned")
    assert (second()["phase"], second()["claim"]) == ("Available", claim)
    assert platform.vault["paasA"].read("secret/shop/returned/rds").data["rds_password"] == password
