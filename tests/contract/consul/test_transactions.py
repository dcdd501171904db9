import pytest

from tests.contract.consul.values import encoded, entry_of, errors_of, txn, value_of

MAX_BODY = 512 * 1024


def sets(folder, count):
    return [{"Verb": "set", "Key": f"{folder}/{number:03}", "Value": b"x"} for number in range(count)]


def test_128_operations_are_taken(consul, folder):
    assert txn(consul, *sets(folder, 128)).status_code == 200
    assert len(consul.get(f"kv/{folder}/?keys").json()) == 128


def test_129_operations_are_not(consul, folder):
    answer = txn(consul, *sets(folder, 129))
    assert (answer.status_code, answer.text) == (413, "Transaction contains too many operations (129 > 128)")
    assert consul.get(f"kv/{folder}/?keys").status_code == 404


def test_a_body_above_512_kb_is_refused(consul):
    answer = consul.put("txn", b" " * (MAX_BODY + 1))
    assert answer.status_code == 413
    assert answer.text.startswith(f"Request body({MAX_BODY + 1} bytes) too large, max size: {MAX_BODY} bytes.")


def test_the_keys_of_one_transaction_share_an_index(consul, folder):
    txn(consul, *sets(folder, 3))
    assert len({entry["ModifyIndex"] for entry in consul.get(f"kv/{folder}/?recurse").json()}) == 1


def test_a_result_shows_what_was_written_without_its_value(consul, folder):
    result = txn(consul, {"Verb": "set", "Key": f"{folder}/a", "Value": b"1", "Flags": 3}).json()["Results"][0]["KV"]
    assert result == {**entry_of(consul, f"{folder}/a"), "Value": None}


def test_nothing_is_done_where_one_operation_fails(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    answer = txn(
        consul,
        {"Verb": "set", "Key": f"{folder}/b", "Value": b"2"},
        {"Verb": "cas", "Key": f"{folder}/a", "Value": b"2", "Index": 1},
        {"Verb": "delete-tree", "Key": f"{folder}/"},
    )
    assert answer.status_code == 409
    assert answer.json()["Results"] is None
    assert errors_of(answer) == {1: f'failed to set key "{folder}/a", index is stale'}
    assert consul.get(f"kv/{folder}/?keys").json() == [f"{folder}/a"]


def test_every_failed_operation_is_named(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    index = entry_of(consul, f"{folder}/a")["ModifyIndex"]
    answer = txn(
        consul,
        {"Verb": "cas", "Key": f"{folder}/a", "Value": b"2", "Index": 0},
        {"Verb": "delete-cas", "Key": f"{folder}/a", "Index": 1},
        {"Verb": "set", "Key": f"{folder}/b", "Value": b"fine"},
        {"Verb": "check-index", "Key": f"{folder}/a", "Index": 1},
        {"Verb": "check-not-exists", "Key": f"{folder}/a"},
        {"Verb": "get", "Key": f"{folder}/none"},
        {"Verb": "check-index", "Key": f"{folder}/none", "Index": 1},
        {"Verb": "check-session", "Key": f"{folder}/none", "Session": ""},
    )
    assert errors_of(answer) == {
        0: f'failed to set key "{folder}/a", index is stale',
        1: f'failed to delete key "{folder}/a", index is stale',
        3: f'failed index check for key "{folder}/a", current modify index {index} != 1',
        4: f'key "{folder}/a" exists',
        5: f'key "{folder}/none" doesn\'t exist',
        6: f'failed to check index, key "{folder}/none" doesn\'t exist',
        7: f'failed to check session, key "{folder}/none" doesn\'t exist',
    }


def test_later_operations_see_earlier_ones(consul, folder):
    answer = txn(
        consul,
        {"Verb": "set", "Key": f"{folder}/a", "Value": b"1"},
        {"Verb": "get", "Key": f"{folder}/a"},
        {"Verb": "delete", "Key": f"{folder}/a"},
        {"Verb": "check-not-exists", "Key": f"{folder}/a"},
        {"Verb": "get-tree", "Key": f"{folder}/"},
    )
    assert [result["KV"]["Value"] for result in answer.json()["Results"]] == [None, encoded(b"1")]


def test_a_tree_is_deleted_and_written_anew_in_one(consul, folder):
    consul.put(f"kv/{folder}/old", b"1")
    txn(
        consul,
        {"Verb": "delete-tree", "Key": f"{folder}/"},
        {"Verb": "cas", "Key": f"{folder}/new", "Value": b"2", "Index": 0},
    )
    assert consul.get(f"kv/{folder}/?keys").json() == [f"{folder}/new"]


def test_a_delete_with_cas_of_a_missing_key_is_no_failure(consul, folder):
    assert txn(consul, {"Verb": "delete-cas", "Key": f"{folder}/none", "Index": 5}).status_code == 200


def test_a_transaction_without_results_has_an_empty_list(consul, folder):
    assert txn(consul, {"Verb": "delete", "Key": f"{folder}/none"}).json() == {"Results": [], "Errors": None}


def test_reads_alone_say_how_fresh_they_are(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    answer = txn(consul, {"Verb": "get-tree", "Key": f"{folder}/"}, {"Verb": "get-or-empty", "Key": f"{folder}/none"})
    assert [result["KV"]["Key"] for result in answer.json()["Results"]] == [f"{folder}/a", f"{folder}/none"]
    assert answer.json()["KnownLeader"] is True
    assert answer.headers["X-Consul-KnownLeader"] == "true"


def test_a_key_of_control_characters_can_be_written_here_alone(consul, folder):
    txn(consul, {"Verb": "set", "Key": f"{folder}/\x01\n", "Value": b"1"})
    assert consul.get(f"kv/{folder}/?keys").json() == [f"{folder}/\x01\n"]


def test_an_empty_value_can_be_set_and_compared(consul, folder):
    assert txn(consul, {"Verb": "cas", "Key": f"{folder}/a", "Value": b"", "Index": 0}).status_code == 200
    assert value_of(consul, f"{folder}/a") == b""


def test_a_value_above_512_kb_cannot_come_in_a_body_that_is_small_enough(consul, folder):
    assert txn(consul, {"Verb": "set", "Key": f"{folder}/a", "Value": b"x" * 394_000}).status_code == 413
    assert txn(consul, {"Verb": "set", "Key": f"{folder}/a", "Value": b"x" * 392_000}).status_code == 200


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"Verb": "fly", "Key": "a"}, 'unknown KV verb "fly"'),
        ({"Verb": "set", "Key": ""}, "Must provide key"),
        ({"Verb": "lock", "Key": "a", "Session": ""}, "missing session"),
    ],
)
def test_an_operation_that_makes_no_sense_is_named(consul, operation, words):
    answer = txn(consul, operation)
    assert (answer.status_code, errors_of(answer)) == (409, {0: words})


@pytest.mark.parametrize("body", [b"nope", b'[{"KV": {"Verb": "set", "Key": "k", "Value": "%%"}}]'])
def test_a_body_that_is_no_transaction_is_refused(consul, body):
    answer = consul.put("txn", body)
    assert answer.status_code == 400
    assert answer.text.startswith("Failed to parse body: ")


def test_the_names_may_be_in_lower_case(consul, folder):
    operation = {"kv": {"verb": "set", "key": f"{folder}/a", "value": encoded(b"1")}}
    assert consul.ask("PUT", "txn", json=[operation]).status_code == 200
    assert value_of(consul, f"{folder}/a") == b"1"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_transaction_is_a_put(consul, method):
    assert consul.ask(method, "txn").status_code == 405
