import time

import pytest

from tests.contract.consul.values import entry_of, index_of, txn

# Long enough for a server to answer, short enough to wait for.
SHORT = "300ms"


def waits(consul, path, index, wait="6s"):
    """A blocking query over a connection of its own; the answer and how long it took."""
    began = time.monotonic()
    answer = consul.anew().get(f"{path}{'&' if '?' in path else '?'}index={index}&wait={wait}")
    return answer, time.monotonic() - began


def test_a_query_with_an_older_index_answers_at_once(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    consul.put(f"kv/{folder}/a", b"2")
    answer, took = waits(consul, f"kv/{folder}/?recurse", before)
    assert index_of(answer) > before
    assert took < 5


def test_a_query_answers_when_a_key_under_its_prefix_changes(consul, folder, at_the_same_time):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/?recurse", before)
    time.sleep(0.2)
    consul.put(f"kv/{folder}/b", b"2")
    answer, took = waiting.result()
    assert [entry["Key"] for entry in answer.json()] == [f"{folder}/a", f"{folder}/b"]
    assert index_of(answer) == entry_of(consul, f"{folder}/b")["ModifyIndex"]
    assert took < 5


def test_a_query_answers_the_same_when_its_wait_is_over(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    answer, took = waits(consul, f"kv/{folder}/?recurse", before, SHORT)
    assert (answer.status_code, index_of(answer)) == (200, before)
    assert 0.3 <= took < 5


def test_a_change_elsewhere_is_none(consul, folder, at_the_same_time):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/?recurse", before, "1s")
    time.sleep(0.2)
    consul.put(f"kv/{folder}-elsewhere", b"1")
    answer, took = waiting.result()
    assert index_of(answer) == before
    assert took >= 1


def test_a_write_that_changes_nothing_wakes_nobody(consul, folder, at_the_same_time):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/?recurse", before, "1s")
    time.sleep(0.2)
    consul.put(f"kv/{folder}/a", b"1")
    assert waiting.result()[1] >= 1


def test_a_deletion_wakes_with_a_higher_index(consul, folder, at_the_same_time):
    consul.put(f"kv/{folder}/a", b"1")
    consul.put(f"kv/{folder}/b", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/?recurse", before)
    time.sleep(0.2)
    consul.delete(f"kv/{folder}/b")
    answer, took = waiting.result()
    assert [entry["Key"] for entry in answer.json()] == [f"{folder}/a"]
    assert index_of(answer) > before
    assert took < 5


@pytest.mark.parametrize("how", ["one by one", "recursively", "in a transaction"])
def test_the_last_deletion_wakes_with_a_404(consul, folder, at_the_same_time, how):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/?recurse", before)
    time.sleep(0.2)
    if how == "one by one":
        consul.delete(f"kv/{folder}/a")
    elif how == "recursively":
        consul.delete(f"kv/{folder}/?recurse")
    else:
        txn(consul, {"Verb": "delete-tree", "Key": f"{folder}/"})
    answer, took = waiting.result()
    assert answer.status_code == 404
    assert index_of(answer) > before
    assert took < 5


def test_a_query_on_a_missing_key_answers_when_it_appears(consul, folder, at_the_same_time):
    before = index_of(consul.get(f"kv/{folder}/a"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/a", before)
    time.sleep(0.2)
    consul.put(f"kv/{folder}/a", b"1")
    answer, took = waiting.result()
    assert answer.json()[0]["Key"] == f"{folder}/a"
    assert took < 5


def test_an_index_from_the_future_blocks_and_comes_back_lower(consul, folder):
    """After a restore a client holds an index that the server has not reached: it must start again from 0."""
    consul.put(f"kv/{folder}/a", b"1")
    current = index_of(consul.get(f"kv/{folder}/?recurse"))
    answer, took = waits(consul, f"kv/{folder}/?recurse", current + 1_000_000, SHORT)
    assert index_of(answer) == current
    assert took >= 0.3


def test_index_0_never_blocks(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    assert waits(consul, f"kv/{folder}/?recurse", 0)[1] < 5


def test_keys_can_be_waited_for_too(consul, folder, at_the_same_time):
    consul.put(f"kv/{folder}/a", b"1")
    before = index_of(consul.get(f"kv/{folder}/?keys"))
    waiting = at_the_same_time(waits, consul, f"kv/{folder}/?keys", before)
    time.sleep(0.2)
    consul.put(f"kv/{folder}/b", b"1")
    assert waiting.result()[0].json() == [f"{folder}/a", f"{folder}/b"]


@pytest.mark.parametrize("mode", ["", "stale", "consistent", "leader"])
def test_every_answer_says_whether_there_is_a_leader(consul, folder, mode):
    consul.put(f"kv/{folder}/a", b"1")
    headers = consul.get(f"kv/{folder}/a?{mode}").headers
    assert (headers["X-Consul-KnownLeader"], headers["X-Consul-LastContact"]) == ("true", "0")


def test_the_leader_has_an_address(consul):
    assert ":" in consul.get("status/leader").json()
