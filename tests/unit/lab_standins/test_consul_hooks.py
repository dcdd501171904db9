import json
import time

import pytest

from lab.standins.consul.server import Consul
from lab.standins.consul.sessions import Sessions


def test_without_a_leader_nothing_is_written_and_nothing_is_read_but_stale(consul):
    consul.put("kv/a", b"1")
    consul.fault(effect={"no_leader": True})
    for answer in (consul.put("kv/a", b"2"), consul.get("kv/a"), consul.get("kv/a?consistent")):
        assert (answer.status_code, answer.text) == (500, "No cluster leader")
    stale = consul.get("kv/a?stale")
    assert (stale.status_code, stale.headers["X-Consul-KnownLeader"]) == (200, "false")
    assert consul.get("status/leader").json() == ""


def test_a_read_can_come_back_empty_as_from_a_follower_that_has_nothing_yet(consul):
    consul.put("kv/a", b"1")
    consul.fault(query={"stale": "*"}, effect={"empty": True})
    assert consul.get("kv/?recurse&stale").status_code == 404
    assert consul.get("kv/?recurse&stale").headers["X-Consul-Index"] == "1"
    assert consul.get("kv/?recurse&consistent").status_code == 200


def test_a_follower_can_stay_behind(consul):
    consul.put("kv/a", b"old")
    consul.lab("freeze")
    consul.put("kv/a", b"new")
    assert consul.get("kv/a?raw&stale").content == b"old"
    assert int(consul.get("kv/a?stale").headers["X-Consul-LastContact"]) > 0
    assert consul.get("kv/a?raw").content == b"new"
    consul.lab("freeze", {"frozen": False})
    assert consul.get("kv/a?raw&stale").content == b"new"


def test_a_wiped_server_has_nothing_and_begins_its_indexes_again(consul):
    for number in range(5):
        consul.put("kv/a", str(number).encode())
    before = int(consul.get("kv/?recurse").headers["X-Consul-Index"])
    consul.lab("wipe")
    assert consul.get("kv/?recurse").status_code == 404
    assert int(consul.get("kv/?recurse").headers["X-Consul-Index"]) < before


def test_reaped_tombstones_let_the_index_of_a_list_fall(consul):
    consul.put("kv/f/a", b"1")
    consul.put("kv/f/b", b"1")
    consul.ask("DELETE", "v1/kv/f/b")
    before = int(consul.get("kv/f/?recurse").headers["X-Consul-Index"])
    consul.lab("reap")
    assert int(consul.get("kv/f/?recurse").headers["X-Consul-Index"]) < before


@pytest.fixture
def sessions(stand_in):
    """The sessions by a clock of the test's own."""
    moment = [0.0]
    stand_in.sessions = Sessions(stand_in.store, stand_in.reader, node="unit", now=lambda: moment[0])
    return moment, stand_in.sessions


def test_a_session_ends_when_its_ttl_has_run_out_twice(sessions, serve, stand_in):
    moment, found = sessions
    consul = serve(stand_in.respond)
    held = consul.put("session/create", json.dumps({"TTL": "10s", "LockDelay": "0s"})).json()["ID"]
    moment[0] = 19.9
    found.reap()
    assert len(consul.get(f"session/info/{held}").json()) == 1
    moment[0] = 20.0
    found.reap()
    assert consul.get(f"session/info/{held}").json() == []


def test_a_crash_in_the_middle_of_a_line_loses_that_line_alone(tmp_path, serve):
    def consul():
        return Consul(name="unit", directory=tmp_path, datacenter="dc", management_token=None)

    first = consul()
    client = serve(first.respond)
    client.put("kv/a", b"1")
    first.store.journal.close()
    with (tmp_path / "state.jsonl").open("ab") as file:
        file.write(b'[99,[["kv","b"')
    assert serve(consul().respond).get("kv/?keys").json() == ["a"]


def test_50_000_keys_are_loaded_in_seconds(consul):
    began = time.monotonic()
    for start in range(0, 50_000, 100):
        operations = [{"KV": {"Verb": "set", "Key": f"k/{start + n:06}", "Value": "eHg="}} for n in range(100)]
        assert consul.put("txn", json.dumps(operations)).status_code == 200
    assert len(consul.get("kv/k/?keys").json()) == 50_000
    assert time.monotonic() - began < 30


def test_a_long_history_is_written_anew_in_short_form(tmp_path, serve, monkeypatch):
    monkeypatch.setattr("lab.standins.consul.journal.SLACK", 20)
    stand_in = Consul(name="unit", directory=tmp_path, datacenter="dc", management_token=None)
    client = serve(stand_in.respond)
    for number in range(100):
        client.put("kv/a", str(number).encode())
    assert len((tmp_path / "state.jsonl").read_bytes().splitlines()) < 40
    again = Consul(name="unit", directory=tmp_path, datacenter="dc", management_token=None)
    assert serve(again.respond).get("kv/a?raw").content == b"99"
