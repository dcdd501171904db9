"""Servers that are busy, break, or forget: what only the stand-in can be told to do."""

from __future__ import annotations

import pytest

from tests.integration.migration.world import config_map, writes


@pytest.fixture
def room(faulty):
    name = faulty.namespace()
    for index in range(30):
        faulty.source.create(config_map(f"c{index:02}", name))
    return name


def in_room(room):
    return f"/namespaces/{room}/configmaps$"


def test_bursts_of_429_and_5xx_are_waited_out(faulty, room):
    faulty.destination.lab(
        "faults",
        [
            {"method": "POST", "path": in_room(room), "status": 429, "retry_after": 1, "times": 4},
            {"method": "POST", "path": in_room(room), "status": 503, "times": 4, "skip": 6},
            {"method": "POST", "path": in_room(room), "status": 500, "times": 3, "skip": 12},
        ],
    )
    result = faulty.migrate(namespaces=[room])
    assert result["complete"], result
    assert result["counts"]["configmaps"]["created"] == 30
    assert result["comparison"]["complete"]


def test_a_connection_that_is_reset_after_the_create_went_through_creates_nothing_twice(faulty, room):
    faults = {"method": "POST", "path": in_room(room), "reset_after": True, "times": 5, "skip": 3}
    faulty.destination.lab("faults", faults)
    faulty.destination.calls()
    result = faulty.migrate(namespaces=[room], compare=False)
    assert result["complete"], result
    assert result["counts"]["configmaps"]["created"] == 30
    assert len(list(faulty.destination.client.list(f"/api/v1/namespaces/{room}/configmaps"))) >= 30


def test_a_source_that_breaks_off_while_it_lists_is_asked_again(faulty, room):
    faults = [
        {"method": "GET", "path": "/configmaps$", "status": 503, "times": 2},
        {"method": "GET", "path": "/configmaps$", "close": True, "times": 1, "skip": 1},
    ]
    faulty.source.lab("faults", faults)
    assert faulty.migrate(namespaces=[room], compare=False)["counts"]["configmaps"]["created"] == 30


def test_a_continue_token_that_expires_on_page_two_loses_nothing_and_creates_nothing_twice(faulty, monkeypatch):
    from paas.migration import reading

    room = faulty.namespace()
    for index in range(60):
        faulty.source.create(config_map(f"c{index:02}", room))
    monkeypatch.setattr(reading, "page_size", lambda items: 25)
    monkeypatch.setattr(reading, "FIRST", 12)
    gone = {"method": "GET", "path": in_room(room), "status": 410, "times": 1, "skip": 2}
    faulty.source.lab("faults", gone)
    faulty.destination.calls()
    result = faulty.migrate(namespaces=[room], kinds=["ConfigMap"], compare=False)
    assert result["counts"]["configmaps"]["created"] == 60
    # 60 ConfigMaps, the namespace, the question what may be done, and the lock: taken and given back.
    assert writes(faulty.destination.calls()) == 60 + 1 + 1 + 2


def test_a_destination_that_stays_silent_ends_the_run_which_is_resumed_later(faulty, room, monkeypatch):
    from paas.errors import PaasError
    from paas.migration import create

    monkeypatch.setattr(create, "ATTEMPTS", 4)  # how long it is asked again is a matter of the unit tests

    faulty.destination.lab("faults", {"method": "POST", "path": in_room(room), "status": 503, "times": -1, "skip": 10})
    with pytest.raises(PaasError, match="run the same command again"):
        faulty.migrate(namespaces=[room], compare=False, concurrency=16)
    faulty.destination.lab("faults", method="DELETE")
    result = faulty.migrate(namespaces=[room])
    assert result["complete"], result
    assert result["comparison"]["complete"]


def test_the_lock_is_respected_while_its_holder_lives_and_taken_over_when_it_died(faulty, room):
    import datetime

    from paas.errors import Refused
    from paas.migration.lease import NAME, NAMESPACE

    path = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"holderIdentity": "elsewhere/1", "leaseDurationSeconds": 2, "renewTime": now}
    for old in faulty.destination.client.list(path):
        if old["metadata"]["name"] == NAME:
            faulty.destination.client.delete(f"{path}/{NAME}")
    faulty.destination.client.create(
        path,
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": spec,
        },
    )
    import threading

    stop = threading.Event()

    def renew():
        while not stop.wait(0.4):
            faulty.destination.client.patch(f"{path}/{NAME}", {"metadata": {"labels": {"beat": str(id(object()))}}})
            faulty.destination.client.patch(f"{path}/{NAME}", {"metadata": {"labels": {"beat": None}}})

    beating = threading.Thread(target=renew)
    beating.start()
    try:
        with pytest.raises(Refused, match="is running, held by elsewhere/1"):
            faulty.migrate(namespaces=[room], compare=False)
        assert not faulty.destination.has("Namespace", room)
    finally:
        stop.set()
        beating.join()
    assert faulty.migrate(namespaces=[room], compare=False)["complete"]
