"""What somebody changed on the destination is theirs, unless the pair says otherwise."""

import pytest

from paas.errors import Refused


@pytest.fixture
def synced(two):
    two.source.put_many((f"{two.folder}{number}", b"v", 0) for number in range(10))
    two.sync()
    return two


def test_a_key_changed_by_hand_is_reported_and_left(synced):
    synced.destination.put(f"{synced.folder}3", b"by hand")
    synced.source.put(f"{synced.folder}3", b"newer")
    report = synced.sync()
    assert report["differences"]["changed_on_destination"] == {"count": 1, "keys": [f"{synced.folder}3"]}
    assert report["state"] == "lagging"
    assert "changed on destination" in report["reason"]
    assert synced.destination.value(f"{synced.folder}3") == b"by hand"


def test_a_key_deleted_by_hand_is_not_brought_back(synced):
    synced.destination.delete(f"{synced.folder}3")
    report = synced.sync()
    assert report["differences"]["deleted_on_destination"]["count"] == 1
    assert synced.destination.value(f"{synced.folder}3") is None


def test_a_key_that_was_there_before_is_not_overwritten(two):
    two.source.put(f"{two.folder}a", b"source")
    two.destination.put(f"{two.folder}a", b"there first")
    report = two.sync()
    assert report["differences"]["not_ours"]["count"] == 1
    assert two.destination.value(f"{two.folder}a") == b"there first"


def test_the_policy_repair_lets_the_source_win(synced):
    synced.destination.put(f"{synced.folder}3", b"by hand")
    synced.destination.delete(f"{synced.folder}4")
    assert synced.sync(on_drift="repair")["state"] == "in_step"
    synced.assert_equal()


def test_what_was_changed_by_hand_is_not_deleted_even_by_repair(synced):
    synced.destination.put(f"{synced.folder}3", b"by hand")
    synced.source.delete(f"{synced.folder}3")
    report = synced.sync(on_drift="repair", share=1.0)
    assert report["differences"]["gone_from_source_but_changed_on_destination"]["count"] == 1
    assert synced.destination.value(f"{synced.folder}3") == b"by hand"


def test_keys_of_the_destination_alone_stay(synced):
    synced.destination.put(f"{synced.folder}theirs", b"v")
    report = synced.sync()
    assert (report["state"], report["counts"]["only_on_destination"]) == ("in_step", 1)
    assert synced.destination.value(f"{synced.folder}theirs") == b"v"


def test_a_lost_ledger_deletes_nothing(synced):
    synced.destination.delete(synced.ledger, recurse=True)
    synced.source.delete(f"{synced.folder}3")
    report = synced.sync(share=1.0)
    assert report["counts"]["deleted"] == 0
    assert synced.destination.value(f"{synced.folder}3") == b"v"


def test_after_a_lost_ledger_what_is_equal_becomes_the_syncs_own_only_where_the_pair_says_so(synced):
    synced.destination.delete(synced.ledger, recurse=True)
    assert synced.sync()["counts"]["ledger_keys"] == 0
    assert synced.sync(adopt=True)["counts"]["ledger_keys"] == 10
    synced.source.delete(f"{synced.folder}3")
    assert synced.sync(share=1.0)["counts"]["deleted"] == 1


def test_a_damaged_ledger_deletes_nothing_and_says_so(synced):
    for entry in synced.destination.entries(synced.ledger):
        synced.destination.put(entry["Key"], b"not json")
    synced.source.delete(f"{synced.folder}3")
    report = synced.sync(share=1.0)
    assert report["counts"]["deleted"] == 0
    assert "segments of the ledger cannot be read" in report["reason"]


def test_a_key_that_somebody_locked_on_the_destination_is_left(synced):
    synced.destination.lock(f"{synced.folder}3")
    synced.source.put(f"{synced.folder}3", b"newer")
    report = synced.sync()
    assert report["differences"]["locked_on_destination"]["count"] == 1
    assert synced.destination.value(f"{synced.folder}3") == b"held"


def test_what_a_changed_configuration_no_longer_carries_is_not_deleted(synced):
    report = synced.sync(exclude=(f"{synced.folder}",), prefixes=("elsewhere/",), share=1.0)
    assert report["counts"]["deleted"] == 0
    assert len(synced.destination.tree(synced.folder)) == 10


def test_comparing_changes_nothing(synced):
    synced.source.put(f"{synced.folder}new", b"v")
    synced.source.delete(f"{synced.folder}3")
    before = synced.destination.entries("")
    report = synced.syncer().diff().as_dict()
    assert report["would"]["create"] == {"count": 1, "keys": [f"{synced.folder}new"]}
    assert report["would"]["delete"] == {"count": 1, "keys": [f"{synced.folder}3"]}
    assert synced.destination.entries("") == before


def test_one_syncer_a_pair(synced):
    first = synced.syncer()
    first.acquire(wait=0)
    try:
        with pytest.raises(Refused, match="is held by") as refused:
            synced.syncer().once(lock_wait=0)
        assert "process" in str(refused.value)
    finally:
        first.lock.release()


def test_a_syncer_that_lost_its_lock_writes_nothing(synced):
    from paas.consul.lock import LockLost

    slow = synced.syncer()
    slow.acquire(wait=0)
    synced.destination.ask("PUT", f"session/destroy/{slow.lock.session}")
    synced.source.put(f"{synced.folder}3", b"newer")
    with pytest.raises(LockLost):
        slow.round()
    assert synced.destination.value(f"{synced.folder}3") == b"v"
