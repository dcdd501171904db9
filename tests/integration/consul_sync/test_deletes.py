"""Deletes: by the ledger alone, after a look from the leader, within the share."""

import pytest

from paas.consul.sync import Stopped


@pytest.fixture
def synced(own_two):
    own_two.source.put_many((f"app/{number}", b"v", 0) for number in range(100))
    own_two.sync()
    return own_two


def test_a_key_that_left_the_source_is_deleted(synced):
    synced.source.delete("app/3")
    report = synced.sync()
    assert (report["state"], report["counts"]["deleted"]) == ("in_step", 1)
    synced.assert_equal()


def test_a_wiped_source_stops_the_sync_and_deletes_nothing(synced):
    synced.source.delete("", recurse=True)
    with pytest.raises(Stopped, match="the source shows 0 keys, so 100 of the 100") as stopped:
        synced.sync()
    assert "max_delete_share allows 0.1" in str(stopped.value)
    assert len(synced.destination.tree()) == 100


def test_a_source_restored_to_an_older_snapshot_stops_the_sync_and_deletes_nothing(synced):
    older = synced.source.snapshot()
    synced.source.put_many((f"new/{number}", b"v", 0) for number in range(50))
    synced.sync()
    synced.source.restore(older)
    with pytest.raises(Stopped):
        synced.sync()
    assert len(synced.destination.tree()) == 150


def test_a_restored_source_goes_on_being_carried(synced):
    """Its indexes are lower than before: whoever remembered them would skip what comes next."""
    older = synced.source.snapshot()
    synced.source.put_many((f"app/{number}", b"newer", 0) for number in range(5))
    synced.sync()
    synced.source.restore(older)
    synced.sync()
    synced.source.put("app/7", b"after the restore")
    synced.sync()
    synced.assert_equal()


def test_the_share_counts_what_was_deleted_before(synced):
    for number in range(10):
        synced.source.delete(f"app/{number}")
        synced.sync()
    synced.source.delete("app/10")
    with pytest.raises(Stopped, match="after 10 in the last 10 minutes"):
        synced.sync()


def test_an_operator_who_knows_better_says_so(synced):
    synced.source.delete("", recurse=True)
    assert synced.sync(share=1.0)["counts"]["deleted"] == 100
    synced.assert_equal()


def test_a_restored_destination_is_brought_up_again(synced):
    older = synced.destination.snapshot()
    synced.source.put_many((f"app/{number}", b"newer", 0) for number in range(50, 150))
    synced.sync()
    synced.destination.restore(older)
    synced.destination.destroy_sessions()
    synced.sync()
    synced.assert_equal()


def test_a_token_that_does_not_see_every_key_deletes_nothing(guarded_two):
    two = guarded_two
    rules = {"Name": "narrow", "Rules": f'key_prefix "{two.folder}a" {{ policy = "read" }}'}
    two.source.ask("PUT", "acl/policy", json=rules)
    token = two.source.ask("PUT", "acl/token", json={"Policies": [{"Name": "narrow"}]}).json()["SecretID"]
    two.source.put_many((f"{two.folder}{key}", b"v", 0) for key in ("a1", "a2", "b1", "b2"))
    two.sync()
    narrow = two.source.connect(token="datastore:other", other=token)
    report = two.syncer(source=narrow).once(max_delete_share=1.0).as_dict()
    assert report["counts"]["deleted"] == 0
    assert len(two.destination.tree(two.folder)) == 4
