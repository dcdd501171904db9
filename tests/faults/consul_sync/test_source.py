"""A source that says something wrong: nothing on the destination is deleted for it."""

import json

import pytest

from lab.faults import Fault
from paas.consul.sync import Stopped
from paas.errors import PaasError, Unavailable
from tests.integration.consul_sync.two import soon

LIST = r"recurse"
HEADERS = {"X-Consul-Index": "3", "X-Consul-KnownLeader": "true", "Content-Type": "application/json"}


@pytest.fixture
def synced(two, before):
    """Twenty keys in step; the source is read through a proxy from now on."""
    two.source.put_many((f"{two.folder}{number}", b"v", 0) for number in range(20))
    two.sync()
    two.source.put(f"{two.folder}1", b"newer")
    proxy, source = before(two.source)
    return two, proxy, two.syncer(source=source)


def listing(two, left_out=()):
    return [entry for entry in two.source.entries(two.folder) if entry["Key"] not in left_out]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 500, "body": "No cluster leader"}, "No cluster leader"),
        ({"status": 429, "body": "rate limit"}, "rate limit"),
        ({"status": 200, "body": [], "headers": {**HEADERS, "X-Consul-KnownLeader": "false"}}, "knows no leader"),
        ({"status": 200, "body": []}, "does not come from a Consul"),
        ({"status": 404}, "does not come from a Consul"),
        ({"status": 200, "body": {"login": "here"}, "headers": HEADERS}, "no list of keys"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "answered 302"),
        ({"reset_before": True}, "Connection"),
        ({"reset_after": True}, "Connection"),
        ({"cut_after": 100}, "paasA"),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
)
def test_no_leader_and_broken_answers_are_errors_and_change_nothing(synced, fault, words):
    two, proxy, syncer = synced
    proxy.add(Fault(path=LIST, times=-1, **fault))
    before = two.destination.tree(two.folder)
    with pytest.raises(PaasError, match=words) as refused:
        syncer.once(max_delete_share=1.0)
    assert "paasA" in str(refused.value)
    assert two.destination.tree(two.folder) == before
    proxy.heal()
    assert syncer.once().state == "in_step"


def test_an_empty_answer_stops_it(synced):
    two, proxy, syncer = synced
    proxy.add(Fault(path=LIST, times=-1, status=200, body=[], headers=HEADERS))
    with pytest.raises(Stopped, match="the source shows 0 keys"):
        syncer.once()
    assert len(two.destination.tree(two.folder)) == 20


def test_an_old_answer_that_lacks_many_keys_stops_it(synced):
    two, proxy, syncer = synced
    few = listing(two)[:5]
    proxy.add(Fault(path=LIST, times=-1, status=200, body=few, headers=HEADERS))
    with pytest.raises(Stopped, match="the source shows 5 keys"):
        syncer.once()
    assert len(two.destination.tree(two.folder)) == 20


def test_one_answer_that_lacks_a_key_deletes_nothing(synced):
    two, proxy, syncer = synced
    old = listing(two, left_out=[f"{two.folder}3"])
    proxy.add(Fault(path=LIST, times=1, status=200, body=old, headers=HEADERS))
    assert syncer.once().counts["deleted"] == 0
    assert two.destination.value(f"{two.folder}3") == b"v"


def test_the_trigger_says_why_while_the_source_has_no_leader_and_why_it_stopped(two, before):
    two.source.put_many((f"{two.folder}{number}", b"v", 0) for number in range(20))
    two.sync()
    proxy, source = before(two.source)
    with two.kept(source=source) as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        proxy.add(Fault(times=-1, status=500, body="No cluster leader"))
        two.source.put(f"{two.folder}1", b"newer")
        soon(lambda: reports[-1]["state"] == "lagging")
        assert "No cluster leader" in reports[-1]["reason"]
        proxy.heal()
        soon(lambda: reports[-1]["state"] == "in_step")
        proxy.add(Fault(path=LIST, times=-1, status=200, body=[], headers=HEADERS))
        two.source.put(f"{two.folder}1", b"newest")
        soon(lambda: reports[-1]["state"] == "stopped")
        assert "max_delete_share" in reports[-1]["reason"]
        proxy.heal()
        two.source.put(f"{two.folder}1", b"back again")
        soon(lambda: reports[-1]["state"] == "in_step", within=60)
    two.assert_equal()


def test_a_blocking_query_that_falls_back_is_asked_from_the_beginning(own_two):
    """A restored source has lower indexes: whoever waits for the old ones waits for ever."""
    own_two.source.put_many((f"app/{number}", b"1", 0) for number in range(20))
    snapshot = own_two.source.snapshot()
    for number in range(50):
        own_two.source.put("app/1", str(number).encode())
    with own_two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        own_two.source.restore(snapshot)
        soon(lambda: own_two.destination.value("app/1") == b"1")
        own_two.source.put("app/2", b"after the restore")
        soon(lambda: own_two.destination.value("app/2") == b"after the restore")
    own_two.assert_equal()


def test_nobody_listening_is_said_with_the_setting(two):
    syncer = two.syncer(source=two.source.connect(address="http://127.0.0.1:1"))
    with pytest.raises(Unavailable, match=r"consul\.paasA\.address"):
        syncer.once()
