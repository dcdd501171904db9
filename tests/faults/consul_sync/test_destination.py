"""A destination that fails at any request: the next run makes it whole, and the ledger knows everything."""

import pytest

from lab.faults import Fault
from paas.errors import PaasError

FAULTS = {
    "no leader": {"status": 500, "body": "No cluster leader"},
    "reset after": {"reset_after": True},
}


def through(two, destination):
    """Whether a run over this connection succeeded."""
    try:
        two.syncer(destination=destination).once(max_delete_share=1.0)
    except PaasError:
        return False
    return True


@pytest.mark.parametrize("fault", FAULTS)
def test_every_request_failing_once_loses_nothing(two, before, fault):
    """The n-th request fails, for every n: afterwards one undisturbed run is enough."""
    proxy, destination = before(two.destination)
    failures = 0
    for number in range(26):
        two.source.put_many((f"{two.folder}{each}", f"{number}".encode(), 0) for each in range(number % 3, 60, 3))
        two.source.put(f"{two.folder}large", bytes([number]) * 400_000)
        two.source.delete(f"{two.folder}{number}")
        proxy.add(Fault(times=1, skip=number, **FAULTS[fault]))
        failures += not through(two, destination)
        proxy.heal()
        two.destination.destroy_sessions()
        assert two.sync(share=1.0)["state"] == "in_step"
        two.assert_equal()
    assert failures > 10
    two.source.delete(two.folder, recurse=True)
    assert two.sync(share=1.0)["counts"]["ledger_keys"] == 0
    assert two.destination.tree(two.folder) == {}


def test_an_older_consul_takes_fewer_operations(two, before):
    proxy, destination = before(two.destination)
    words = "Transaction contains too many operations (128 > 64)"
    proxy.add(Fault(path="/v1/txn", method="PUT", times=4, status=413, body=words))
    two.source.put_many((f"{two.folder}{each}", b"v", 0) for each in range(1000))
    assert two.syncer(destination=destination).once().state == "in_step"
    two.assert_equal()


def test_a_consul_that_takes_smaller_bodies_gets_smaller_ones(two, before):
    proxy, destination = before(two.destination)
    words = "Request body(400000 bytes) too large, max size: 100000 bytes. See txn_max_req_len."
    proxy.add(Fault(path="/v1/txn", method="PUT", times=1, status=413, body=words))
    two.source.put_many((f"{two.folder}{each}", b"x" * 2000, 0) for each in range(300))
    two.source.put(f"{two.folder}large", b"y" * 90_000)
    assert two.syncer(destination=destination).once().state == "in_step"
    two.assert_equal()


def test_a_value_that_is_too_large_there_is_reported_and_not_sent_again(two, before):
    proxy, destination = before(two.destination)
    proxy.add(Fault(path="/v1/kv/.*large", method="PUT", times=1, status=413, body="Value is too large"))
    two.source.put(f"{two.folder}large", b"x" * 500_000)
    two.source.put(f"{two.folder}small", b"v")
    syncer = two.syncer(destination=destination)
    report = syncer.once().as_dict()
    assert report["differences"]["too_large"] == {"count": 1, "keys": [f"{two.folder}large"]}
    assert syncer.once().as_dict()["differences"]["too_large"]["count"] == 1
    assert set(two.destination.tree(two.folder)) == {f"{two.folder}small"}


def test_a_destination_that_hides_keys_is_not_written_over(guarded_two):
    two = guarded_two
    two.source.put(f"{two.folder}hidden", b"source")
    two.destination.put(f"{two.folder}hidden", b"there first")
    rules = f'''
        key_prefix "" {{ policy = "write" }}
        key_prefix "{two.folder}" {{ policy = "deny" }}
        session_prefix "" {{ policy = "write" }}
    '''
    two.destination.ask("PUT", "acl/policy", json={"Name": f"hidden-{two.name}", "Rules": rules})
    token = two.destination.ask("PUT", "acl/token", json={"Policies": [{"Name": f"hidden-{two.name}"}]})
    narrow = two.destination.connect(token="datastore:other", other=token.json()["SecretID"])
    report = two.syncer(destination=narrow).once().as_dict()
    assert report["differences"]["denied"]["count"] == 1
    assert two.destination.value(f"{two.folder}hidden") == b"there first"
