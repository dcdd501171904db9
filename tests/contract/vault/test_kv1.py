from tests.contract.vault.wire import NOTHING, data_of, refused


def test_a_value_comes_back_as_it_was_written(vault, path):
    assert vault.post(f"kv1/{path}", {"k": "v", "n": 5}).status_code == 204
    answer = vault.get(f"kv1/{path}")
    assert data_of(answer) == {"k": "v", "n": 5}
    assert answer.json()["lease_duration"] == 2764800


def test_a_write_replaces_everything(vault, path):
    vault.post(f"kv1/{path}", {"a": "1"})
    vault.put(f"kv1/{path}", json={"b": "2"})
    assert data_of(vault.get(f"kv1/{path}")) == {"b": "2"}


def test_what_is_not_there_is_a_404_without_words(vault, path):
    answer = vault.get(f"kv1/{path}")
    assert (answer.status_code, answer.json()) == (404, NOTHING)


def test_a_deleted_value_is_gone_and_deleting_twice_is_once(vault, path):
    vault.post(f"kv1/{path}", {"a": "1"})
    assert vault.delete(f"kv1/{path}").status_code == 204
    assert vault.delete(f"kv1/{path}").status_code == 204
    assert vault.get(f"kv1/{path}").status_code == 404


def test_a_list_shows_names_and_folders(vault, path):
    for name in ("b", "a/x"):
        vault.post(f"kv1/{path}/{name}", {"k": "v"})
    assert data_of(vault.list(f"kv1/{path}"))["keys"] == ["a/", "b"]


def test_a_list_of_nothing_is_a_404(vault, path):
    assert vault.list(f"kv1/{path}").status_code == 404


def test_a_write_of_nothing_is_refused(vault, path):
    assert refused(vault.post(f"kv1/{path}", {}), 400, "missing data fields")


def test_a_ttl_in_the_data_is_the_lease(vault, path):
    vault.post(f"kv1/{path}", {"k": "v", "ttl": "1h"})
    assert vault.get(f"kv1/{path}").json()["lease_duration"] == 3600
