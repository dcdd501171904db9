import json
import re

import pytest

from tests.contract.consul.values import entry_of, errors_of, txn, value_of

NO_SESSION = "00000000-0000-0000-0000-000000000000"


def session(consul, **wanted):
    return consul.put("session/create", json.dumps({"LockDelay": "0s", **wanted})).json()["ID"]


def test_a_session_is_described_with_its_defaults(consul):
    created = consul.put("session/create").json()["ID"]
    shown = consul.get(f"session/info/{created}").json()[0]
    assert (shown["Behavior"], shown["TTL"], shown["LockDelay"]) == ("release", "", 15_000_000_000)
    assert (shown["NodeChecks"], shown["ServiceChecks"]) == (["serfHealth"], None)
    assert created in [each["ID"] for each in consul.get("session/list").json()]
    assert created in [each["ID"] for each in consul.get(f"session/node/{shown['Node']}").json()]


def test_a_lock_has_one_holder(consul, folder):
    first, second = session(consul), session(consul)
    assert consul.put(f"kv/{folder}/lock?acquire={first}", b"1").json() is True
    assert consul.put(f"kv/{folder}/lock?acquire={second}", b"2").json() is False
    entry = entry_of(consul, f"{folder}/lock")
    assert (entry["Session"], entry["LockIndex"]) == (first, 1)


def test_the_holder_may_take_it_again_and_write(consul, folder):
    holder = session(consul)
    consul.put(f"kv/{folder}/lock?acquire={holder}", b"1")
    assert consul.put(f"kv/{folder}/lock?acquire={holder}", b"2").json() is True
    assert (entry_of(consul, f"{folder}/lock")["LockIndex"], value_of(consul, f"{folder}/lock")) == (1, b"2")


def test_a_lock_stops_no_plain_write(consul, folder):
    holder = session(consul)
    consul.put(f"kv/{folder}/lock?acquire={holder}", b"1")
    assert consul.put(f"kv/{folder}/lock", b"2").json() is True
    assert entry_of(consul, f"{folder}/lock")["Session"] == holder


def test_only_the_holder_lets_go(consul, folder):
    first, second = session(consul), session(consul)
    consul.put(f"kv/{folder}/lock?acquire={first}", b"1")
    assert consul.put(f"kv/{folder}/lock?release={second}", b"2").json() is False
    assert consul.put(f"kv/{folder}/lock?release={first}", b"3").json() is True
    assert "Session" not in entry_of(consul, f"{folder}/lock")
    assert consul.put(f"kv/{folder}/lock?acquire={second}", b"4").json() is True
    assert entry_of(consul, f"{folder}/lock")["LockIndex"] == 2


def test_a_destroyed_session_releases_its_keys(consul, folder):
    holder = session(consul)
    consul.put(f"kv/{folder}/lock?acquire={holder}", b"1")
    before = entry_of(consul, f"{folder}/lock")["ModifyIndex"]
    assert consul.put(f"session/destroy/{holder}").json() is True
    entry = entry_of(consul, f"{folder}/lock")
    assert "Session" not in entry
    assert entry["ModifyIndex"] > before


def test_a_session_that_deletes_takes_its_keys_with_it(consul, folder):
    holder = session(consul, Behavior="delete")
    consul.put(f"kv/{folder}/lock?acquire={holder}", b"1")
    consul.put(f"session/destroy/{holder}")
    assert value_of(consul, f"{folder}/lock") is None


def test_the_lock_delay_keeps_the_next_one_out(consul, folder):
    first, second = session(consul, LockDelay="30s"), session(consul)
    consul.put(f"kv/{folder}/lock?acquire={first}", b"1")
    consul.put(f"session/destroy/{first}")
    assert consul.put(f"kv/{folder}/lock?acquire={second}", b"2").json() is False
    answer = txn(consul, {"Verb": "lock", "Key": f"{folder}/lock", "Value": b"2", "Session": second})
    assert errors_of(answer) == {0: f'failed to lock key "{folder}/lock" due to lock delay'}


def test_a_lock_can_be_taken_and_checked_in_a_transaction(consul, folder):
    holder, other = session(consul), session(consul)
    key = f"{folder}/lock"
    assert txn(consul, {"Verb": "lock", "Key": key, "Value": b"1", "Session": holder}).status_code == 200
    assert txn(consul, {"Verb": "check-session", "Key": key, "Session": holder}).status_code == 200
    answer = txn(
        consul,
        {"Verb": "check-session", "Key": key, "Session": other},
        {"Verb": "lock", "Key": key, "Value": b"2", "Session": other},
        {"Verb": "unlock", "Key": key, "Value": b"2", "Session": other},
    )
    assert errors_of(answer) == {
        0: f'failed session check for key "{key}", current session "{holder}" != "{other}"',
        1: f'failed to lock key "{key}", lock is already held',
        2: f'failed to unlock key "{key}", lock isn\'t held, or is held by another session',
    }


def test_a_session_without_a_ttl_can_be_renewed_too(consul):
    created = session(consul)
    assert consul.put(f"session/renew/{created}").json()[0]["ID"] == created


def test_renewing_what_is_gone_is_a_404(consul):
    answer = consul.put(f"session/renew/{NO_SESSION}")
    assert (answer.status_code, answer.text) == (404, f"Session id '{NO_SESSION}' not found")


def test_destroying_what_is_gone_is_done(consul):
    assert consul.put(f"session/destroy/{NO_SESSION}").json() is True


def test_a_missing_session_is_an_empty_list(consul):
    assert consul.get(f"session/info/{NO_SESSION}").json() == []


def test_a_lock_needs_a_session_that_lives(consul, folder):
    answer = consul.put(f"kv/{folder}/lock?acquire={NO_SESSION}", b"1")
    assert (answer.status_code, answer.text) == (500, f'raft apply failed: invalid session "{NO_SESSION}"')


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"TTL": "5s"}, "Invalid Session TTL '5000000000', must be between [10s=24h0m0s]"),
        ({"TTL": "86401s"}, "Invalid Session TTL '86401000000000', must be between [10s=24h0m0s]"),
        ({"TTL": "soon"}, "Session TTL 'soon' invalid: time: invalid duration \"soon\""),
        ({"Behavior": "keep"}, "Invalid Behavior setting 'keep'"),
        ({"Node": "elsewhere"}, "apply failed: Missing node registration"),
    ],
)
def test_a_session_that_makes_no_sense_is_refused(consul, body, words):
    answer = consul.put("session/create", json.dumps(body))
    assert (answer.status_code, answer.text) == (500, words)


def test_a_body_that_is_no_json_is_refused(consul):
    answer = consul.put("session/create", b"{")
    assert answer.status_code == 400
    assert re.match("Request decode failed: ", answer.text)
