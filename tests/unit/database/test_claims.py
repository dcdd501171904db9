import pytest

from paas.database.claims import ensure_claim
from paas.database.identifiers import is_claim_of
from paas.database.objects import DatabaseObject
from paas.database.status import Report
from paas.errors import Conflict, Outdated, Refused

CLAIM = "shop-orders-k3f7q2m4xa"
OTHER = "shop-orders-aaaaaaaaaa"
PENDING = Report(phase="Pending", message="accepted", fields={"vaultPath": "secret/shop/orders/rds"})


def claim(database):
    return ensure_claim(database, report=PENDING)


def annotation(found):
    return found["metadata"].get("annotations", {}).get("paas.internal/claim")


def test_a_new_object_gets_one_claim_in_both_places(database, stored):
    minted = claim(database)
    assert is_claim_of(minted, namespace="shop", name="orders")
    assert stored()["status"]["claim"] == annotation(stored()) == minted


def test_the_status_is_written_before_the_annotation(database, cluster):
    claim(database)
    assert cluster.writes == ["shop/orders/status", "shop/orders"]


def test_a_new_claim_comes_with_what_is_said_about_it(database, stored):
    claim(database)
    assert stored()["status"]["phase"] == "Pending"
    assert stored()["status"]["vaultPath"] == "secret/shop/orders/rds"


def test_twice_is_once(database, cluster):
    first = claim(database)
    writes = list(cluster.writes)
    assert claim(database) == first
    assert cluster.writes == writes


def test_a_claim_in_the_status_alone_completes_the_annotation(database, stored):
    stored()["status"] = {"claim": CLAIM, "phase": "Available"}
    assert claim(database) == CLAIM
    assert annotation(stored()) == CLAIM
    assert stored()["status"]["phase"] == "Available"


def test_a_claim_in_the_annotation_alone_completes_the_status(database, stored):
    stored()["metadata"]["annotations"] = {"paas.internal/claim": CLAIM}
    assert claim(database) == CLAIM
    assert stored()["status"]["claim"] == CLAIM


def test_the_status_wins_over_an_annotation_that_says_something_else(database, stored):
    stored()["status"] = {"claim": CLAIM}
    stored()["metadata"]["annotations"] = {"paas.internal/claim": OTHER}
    assert claim(database) == CLAIM
    assert annotation(stored()) == CLAIM


@pytest.mark.parametrize("made_up", ["bank-orders-k3f7q2m4xa", "x", "prod", 5, ["a"], "shop-orders-" + "a" * 90])
def test_a_claim_that_somebody_made_up_is_refused_and_nothing_is_written(database, stored, cluster, made_up):
    stored()["metadata"]["annotations"] = {"paas.internal/claim": made_up}
    with pytest.raises(Refused, match="was not minted for this object"):
        claim(database)
    assert cluster.writes == []


def test_a_change_in_between_is_read_again(database, stored, cluster):
    def somebody_labels_it(fake):
        found = fake.get("shop/orders")
        found["metadata"]["labels"] = {"team": "a"}
        fake.put(found)

    cluster.before_write = somebody_labels_it
    minted = claim(database)
    assert stored()["status"]["claim"] == minted
    assert stored()["metadata"]["labels"] == {"team": "a"}


def test_a_claim_that_another_run_minted_in_between_is_taken(database, stored, cluster):
    def another_run(fake):
        found = fake.get("shop/orders")
        found["status"] = {"claim": CLAIM, "phase": "Pending"}
        fake.put(found)

    cluster.before_write = another_run
    assert claim(database) == CLAIM


def test_an_object_that_never_rests_ends_in_a_conflict(database, cluster):
    def restless(fake):
        fake.put(fake.get("shop/orders"))
        fake.before_write = restless

    cluster.before_write = restless
    with pytest.raises(Conflict):
        claim(database)


def test_an_object_that_goes_in_between_is_outdated(database, cluster):
    cluster.before_write = lambda fake: fake.objects.clear()
    with pytest.raises(Outdated):
        claim(database)


def test_an_object_of_another_uid_is_left_alone(database, stored, cluster):
    stored()["metadata"]["uid"] = "u-2"
    with pytest.raises(Outdated, match="u-2"):
        claim(database)
    assert cluster.writes == []


def test_an_object_that_is_being_deleted_is_left_alone(database, stored, cluster):
    stored()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    with pytest.raises(Outdated, match="being deleted"):
        claim(database)
    assert cluster.writes == []


@pytest.mark.parametrize("broken", [None, [], "text", {"annotations": None}, {"annotations": [1]}])
def test_annotations_and_status_of_any_shape_are_survived(third_party_cluster, ref, broken):
    found = {"kind": "RdsInstance", "metadata": {"namespace": "shop", "name": "orders", "uid": "u-1"}, "status": broken}
    if isinstance(broken, dict):
        found["metadata"].update(broken)
    third_party_cluster.put(found)
    minted = claim(DatabaseObject(third_party_cluster, ref))
    stored = third_party_cluster.objects["shop/orders"]
    assert stored["status"]["claim"] == annotation(stored) == minted


def test_a_kind_without_a_status_subresource_gets_both_in_one_write(third_party_cluster, ref):
    third_party_cluster.put({"metadata": {"namespace": "shop", "name": "orders", "uid": "u-1"}})
    claim(DatabaseObject(third_party_cluster, ref))
    assert third_party_cluster.writes == ["shop/orders"]
