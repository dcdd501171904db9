"""The watch on a cluster behind a proxy that cuts, stalls, resets and answers for the server."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator

import pytest

from lab.faults import Fault
from paas.kube.watching import machine
from tests.integration.watch.conftest import KINDS
from tests.integration.watch.running import Group, eventually
from tests.integration.watch.workshop import Watching, Workshop


@pytest.fixture(scope="module", params=KINDS)
def shop(request, tmp_path_factory) -> Iterator[Workshop]:
    directory = tmp_path_factory.mktemp("shop")
    if request.param == "real":
        from lab.servers import launch_kube

        users = {"nobodys-token": ("nobody", ())}
        servers, endpoints = launch_kube(["paasA"], directory=directory, controllers=False, users=users)
        made = Workshop("real", directory, endpoints["paasA"], servers)
    else:
        from lab.standins.kube import launch

        server, endpoint = launch("paasA", directory=directory)
        made = Workshop("stand-in", directory, endpoint, [server])
        order = b'{"token": "nobodys-token", "user": "nobody", "groups": []}'
        made.client.call("POST", "/__lab__/tokens", body=order)
    yield made
    made.stop()


@pytest.fixture
def group(shop) -> Iterator[Group]:
    made = Group(shop.client)
    made.define()
    yield made
    shop.proxy.heal()


@pytest.fixture
def short_streams(monkeypatch):
    """Streams of two seconds, and a second of patience."""
    monkeypatch.setattr(machine, "SHORTEST", 2)
    monkeypatch.setattr(machine, "LONGEST", 2)
    monkeypatch.setattr(machine, "PATIENCE", 1.0)


def test_what_happens_in_a_gap_is_told_once(shop, group):
    group.create("changes")
    group.create("goes")
    with Watching(shop.through_tcp(), group) as watching:
        watching.tells("ADDED changes", "ADDED goes", in_order=False)
        shop.proxy.refuse()
        shop.proxy.reset()
        group.change("changes")
        group.delete("goes")
        group.create("comes")
        shop.proxy.heal()
        eventually(lambda: len(watching.events) >= 5)

        assert watching.short[2:] == ["MODIFIED changes", "DELETED goes", "ADDED comes"]
        assert watching.events[3].object is not None


def test_a_gap_whose_history_is_gone_is_a_list_and_nothing_is_told_twice(shop, group):
    for name in ("stays", "changes", "goes", "returns"):
        group.create(name, labels={"was": name})
    with Watching(shop.through_tcp(), group) as watching:
        eventually(lambda: len(watching.events) == 4)
        watching.watches()
        shop.proxy.refuse()
        shop.proxy.reset()
        group.change("changes")
        group.delete("goes")
        group.delete("returns")
        group.create("returns")
        group.create("comes")
        shop.forget()
        shop.proxy.heal()
        eventually(lambda: len(watching.events) >= 9)
        time.sleep(0.3)

        assert sorted(watching.short[4:]) == [
            "ADDED comes",
            "ADDED returns",
            "DELETED goes",
            "DELETED returns",
            "MODIFIED changes",
        ]
        gone = next(event for event in watching.events if event.type == "DELETED" and event.key[1] == "goes")
        assert gone.object is None
        assert dict(gone.seen.labels) == {"was": "goes"}


def test_clean_ends_lose_nothing_and_list_nothing(shop, group, short_streams):
    with Watching(shop.through_tcp(), group) as watching:
        for number in range(25):
            group.create(f"n{number}")
            time.sleep(0.2)
        watching.tells(*[f"ADDED n{number}" for number in range(25)])

        assert watching.watch.status.counts["streams"] >= 3
        assert watching.watch.status.counts["lists"] == 0
        assert watching.watch.status.counts["errors"] == 0


def test_a_stall_without_an_end_is_left_after_the_read_timeout(shop, group, short_streams):
    with Watching(shop.through_tcp(), group) as watching:
        group.create("before")
        watching.tells("ADDED before")
        watching.watches()
        shop.proxy.stall()
        group.create("meanwhile")
        eventually(lambda: watching.watch.status.counts["errors"] >= 1)
        shop.proxy.reset()
        shop.proxy.heal()

        watching.tells("ADDED before", "ADDED meanwhile")


def test_stop_returns_within_a_second_during_a_stall(shop, group):
    with Watching(shop.through_tcp(), group) as watching:
        group.create("before")
        watching.tells("ADDED before")
        shop.proxy.stall()
        began = time.monotonic()
        watching.watch.stop()

        assert time.monotonic() - began < 1
        assert not watching.watch.running


def test_connections_that_are_cut_anywhere_lose_nothing_and_tell_nothing_twice(shop, group):
    with Watching(shop.through_tcp(), group) as watching:
        watching.watches()
        for number in range(30):
            shop.proxy.cut_after(40 + 331 * number % 3000)
            group.create(f"n{number}", annotations={"note": "Grüße 🐘" * 40})
            time.sleep(0.05)
        shop.proxy.heal()

        watching.tells(*[f"ADDED n{number}" for number in range(30)])


@pytest.fixture
def proxied(shop):
    client, proxy = shop.through_http()
    yield client, proxy
    proxy.stop()


def refusal(status: int, **more) -> Fault:
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": "made to fail"}
    return Fault(path="widgets.*watch=true", method="GET", status=status, body=said, **more)


def test_429_waits_as_long_as_it_is_asked_to(proxied, group):
    client, proxy = proxied
    proxy.add(refusal(429, retry_after=2, times=1))
    group.create("a")
    began = time.monotonic()
    with Watching(client, group) as watching:
        watching.tells("ADDED a")

        assert time.monotonic() - began >= 2
        assert watching.watch.status.counts["lists"] == 0


def test_a_watchlist_that_is_rejected_becomes_a_list(proxied, group):
    client, proxy = proxied
    fault = refusal(422, times=-1)
    fault.path = "sendInitialEvents"
    proxy.add(fault)
    group.create("a")
    with Watching(client, group) as watching:
        watching.tells("ADDED a")
        watching.watches()
        group.create("b")
        watching.tells("ADDED a", "ADDED b")

        assert watching.watch.status.counts["lists"] == 1


@pytest.mark.parametrize("status", [410, 500, 503])
def test_a_refused_watch_is_listed_over_and_nothing_is_told_twice(proxied, group, short_streams, status):
    client, proxy = proxied
    group.create("a")
    with Watching(client, group) as watching:
        watching.tells("ADDED a")
        proxy.add(refusal(status, times=2))
        group.create("b")
        eventually(lambda: watching.watch.status.counts["errors"] >= 1)
        group.create("c")

        watching.tells("ADDED a", "ADDED b", "ADDED c")


def test_a_watchlist_that_is_cut_before_its_marker_begins_again(proxied, group):
    client, proxy = proxied
    for number in range(20):
        group.create(f"n{number}")
    proxy.add(Fault(path="sendInitialEvents", cut_after=3000, times=2))
    with Watching(client, group) as watching:
        watching.tells(*[f"ADDED n{number}" for number in range(20)], in_order=False)

        assert watching.watch.status.counts["streams"] == 3


def test_a_missing_permission_is_named(shop, group, caplog, tmp_path):
    token = tmp_path / "token"
    token.write_text("nobodys-token")
    client = shop.by(shop.endpoint.url, shop.endpoint.ca_file, token)
    with caplog.at_level(logging.ERROR), Watching(client, group):
        eventually(lambda: "it takes verb" in caplog.text)

    assert f'verb "watch" on resource "widgets" of API group "{group.name}" in the whole cluster' in caplog.text
    assert 'User "nobody" cannot' in caplog.text


@pytest.mark.real
@pytest.mark.parametrize("shop", ["real"], indirect=True)
def test_an_api_server_that_is_killed_and_comes_back_loses_nothing(shop, group):
    with Watching(shop.through_tcp(), group) as watching:
        group.create("before")
        watching.tells("ADDED before")
        shop.restart()
        group.create("after")

        watching.tells("ADDED before", "ADDED after")


@pytest.mark.real
def test_a_real_server_without_watchlist_is_listed(tmp_path):
    from lab.servers import launch_kube

    servers, endpoints = launch_kube(
        ["paasA"], directory=tmp_path, controllers=False, flags=["--feature-gates=WatchList=false"]
    )
    shop = Workshop("real", tmp_path, endpoints["paasA"], servers)
    try:
        group = Group(shop.client)
        group.define()
        group.create("a")
        with Watching(shop.through_tcp(), group) as watching:
            watching.tells("ADDED a")
            watching.watches()
            group.create("b")
            watching.tells("ADDED a", "ADDED b")

            assert watching.watch.status.counts["lists"] == 1
    finally:
        shop.stop()


@pytest.mark.real
def test_an_etcd_that_was_restored_is_compared_and_not_waited_for(tmp_path):
    """A watch from a version ahead of the server's would be answered, and stay silent for ever."""
    from lab.servers import launch_kube

    directory = tmp_path / "cluster"
    servers, endpoints = launch_kube(["paasA"], directory=directory, controllers=False)
    shop = Workshop("real", directory, endpoints["paasA"], servers)
    try:
        group = Group(shop.client)
        group.define()
        group.create("stays")
        for server in reversed(servers):
            server.stop()
        shutil.copytree(directory, tmp_path / "backup")
        for server in servers:
            server.up()
        with Watching(shop.client, group) as watching:
            watching.tells("ADDED stays")
            group.change("stays")
            group.create("lost")
            watching.tells("ADDED stays", "MODIFIED stays", "ADDED lost")
        for server in reversed(servers):
            server.stop()
        shutil.rmtree(directory)
        shutil.copytree(tmp_path / "backup", directory)
        for server in servers:
            server.up()
        with Watching(shop.client, group, datastore=watching.datastore) as restored:
            restored.tells("MODIFIED stays", "DELETED lost")
            restored.watches()
            group.create("new")
            restored.tells("MODIFIED stays", "DELETED lost", "ADDED new")
    finally:
        shop.stop()
