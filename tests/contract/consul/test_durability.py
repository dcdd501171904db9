"""What a restart and a restored snapshot leave; each test has a Consul of its own."""

import json

from tests.contract.consul.values import entry_of, index_of, value_of


def test_a_killed_server_comes_back_with_everything(own_consul):
    consul = own_consul
    consul.put("kv/a?flags=7", b"\x00\xff")
    consul.put("kv/gone", b"1")
    consul.delete("kv/gone")
    held = consul.put("session/create", json.dumps({"LockDelay": "0s"})).json()["ID"]
    consul.put(f"kv/lock?acquire={held}", b"1")
    before = consul.get("kv/?recurse").json()
    consul.restart()
    consul = consul.anew()
    assert consul.get("kv/?recurse").json() == before
    assert consul.get(f"session/info/{held}").json()[0]["ID"] == held
    assert consul.put(f"kv/lock?release={held}", b"2").json() is True


def test_the_index_goes_on_after_a_restart(own_consul):
    consul = own_consul
    consul.put("kv/a", b"1")
    before = entry_of(consul, "a")["ModifyIndex"]
    consul.restart()
    consul = consul.anew()
    consul.put("kv/a", b"2")
    assert entry_of(consul, "a")["ModifyIndex"] > before


def test_a_snapshot_brings_back_what_was_and_nothing_since(own_consul):
    consul = own_consul
    consul.put("kv/kept?flags=3", b"old")
    consul.put("kv/deleted", b"x")
    snapshot = consul.get("snapshot").content
    consul.put("kv/kept", b"new")
    consul.delete("kv/deleted")
    consul.put("kv/since", b"x")
    assert consul.put("snapshot", snapshot).status_code == 200
    assert (value_of(consul, "kept"), entry_of(consul, "kept")["Flags"]) == (b"old", 3)
    assert consul.get("kv/?keys").json() == ["deleted", "kept"]


def test_a_restored_snapshot_takes_the_index_of_a_list_back(own_consul):
    consul = own_consul
    consul.put("kv/a", b"old")
    snapshot, old = consul.get("snapshot").content, entry_of(consul, "a")["ModifyIndex"]
    for number in range(5):
        consul.put("kv/a", f"{number}".encode())
    consul.put("snapshot", snapshot)
    assert entry_of(consul, "a")["ModifyIndex"] == old
    assert index_of(consul.get("kv/a?recurse")) == old


def test_what_is_written_after_a_restore_is_newer_than_all_before(own_consul):
    consul = own_consul
    consul.put("kv/a", b"old")
    snapshot = consul.get("snapshot").content
    consul.put("kv/a", b"new")
    newest = entry_of(consul, "a")["ModifyIndex"]
    consul.put("snapshot", snapshot)
    consul.put("kv/a", b"newest")
    assert entry_of(consul, "a")["ModifyIndex"] > newest


def test_a_snapshot_survives_the_server_that_it_was_restored_into(own_consul):
    consul = own_consul
    consul.put("kv/a", b"old")
    snapshot = consul.get("snapshot").content
    consul.put("kv/a", b"new")
    consul.put("snapshot", snapshot)
    consul.restart()
    assert value_of(consul.anew(), "a") == b"old"


def test_what_is_no_snapshot_is_refused(own_consul):
    own_consul.put("kv/a", b"1")
    assert own_consul.put("snapshot", b"garbage").status_code == 500
    assert value_of(own_consul, "a") == b"1"
