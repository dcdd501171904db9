import pytest

from paas.consul import keys as module
from paas.errors import Conflict, Forbidden, InvalidInput, Unavailable


def values(keys, folder):
    return {key.rpartition("/")[2]: found.value for key, found in keys.read(folder).items()}


def test_what_was_written_is_read(keys, folder):
    keys.write({f"{folder}/a": ("1", 0), f"{folder}/b": ("ü", 0)})
    assert values(keys, folder) == {"a": b"1", "b": "ü".encode()}


def test_an_absent_folder_is_empty(keys, folder):
    assert keys.read(folder) == {}


def test_an_empty_value_is_empty_and_not_absent(keys, folder):
    keys.write({f"{folder}/a": ("", 0)})
    assert values(keys, folder) == {"a": b""}


def test_a_folder_is_not_the_beginning_of_another_ones_name(keys, folder):
    keys.write({f"{folder}-prod/a": ("1", 0)})
    assert keys.read(folder) == {}


def test_nothing_to_write_is_no_request(connect):
    connect(address="http://127.0.0.1:1").write({})


def test_a_key_that_is_there_is_not_created_again(keys, folder):
    keys.write({f"{folder}/a": ("1", 0)})
    with pytest.raises(Conflict):
        keys.write({f"{folder}/a": ("2", 0)})
    assert values(keys, folder) == {"a": b"1"}


def test_a_key_is_written_over_what_was_read(keys, folder):
    keys.write({f"{folder}/a": ("1", 0)})
    index = keys.read(folder)[f"{folder}/a"].index
    keys.write({f"{folder}/a": ("2", index)})
    with pytest.raises(Conflict):
        keys.write({f"{folder}/a": ("3", index)})
    assert values(keys, folder) == {"a": b"2"}


def test_one_key_that_changed_keeps_all_of_them_from_being_written(keys, folder):
    keys.write({f"{folder}/b": ("theirs", 0)})
    with pytest.raises(Conflict):
        keys.write({f"{folder}/a": ("1", 0), f"{folder}/b": ("1", 0)})
    assert values(keys, folder) == {"b": b"theirs"}


def test_more_keys_than_a_transaction_takes_are_refused_at_once(keys, folder):
    with pytest.raises(InvalidInput, match="at most 64"):
        keys.write({f"{folder}/{number}": ("1", 0) for number in range(module.OPERATIONS_AT_MOST + 1)})


def test_a_full_transaction_is_taken(keys, folder):
    keys.write({f"{folder}/{number}": ("1", 0) for number in range(module.OPERATIONS_AT_MOST)})
    assert len(keys.read(folder)) == module.OPERATIONS_AT_MOST


def test_the_profiles_token_wins_over_the_environments(connect, folder, monkeypatch):
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "planted")
    connect().write({f"{folder}/a": ("1", 0)})


def test_a_token_that_may_not_is_forbidden_and_names_its_setting(connect, folder):
    with pytest.raises(Forbidden, match=r"consul\.unit") as refused:
        connect(token="datastore:wrong").write({f"{folder}/a": ("1", 0)})
    assert "planted" not in str(refused.value)


def test_a_read_without_a_token_shows_nothing_or_is_forbidden(connect, folder, keys):
    keys.write({f"{folder}/a": ("1", 0)})
    try:
        found = connect(token=None).read(folder)
    except Forbidden:
        found = {}
    assert found == {}


def test_nobody_listening_is_unavailable_and_says_where_to_look(connect):
    with pytest.raises(Unavailable, match=r"consul\.unit\.address") as refused:
        connect(address="http://127.0.0.1:1").read("a")
    assert "refused" in str(refused.value)


def test_a_certificate_that_is_not_checked_is_said_loudly(connect, caplog):
    connect(verify_tls=False).read("a")
    assert "consul.unit.verify_tls is false" in caplog.text
