import pytest

from tests.contract.vault.wire import NOTHING, STALE, data_of, patch, refused, write


def test_one_read_gives_data_and_version(vault, path):
    written = data_of(write(vault, path, {"k": "v", "n": 5, "deep": {"a": [1, None]}}))
    read = data_of(vault.get(f"secret/data/{path}"))
    assert read["data"] == {"k": "v", "n": 5, "deep": {"a": [1, None]}}
    assert read["metadata"] == written
    about = {name: value for name, value in written.items() if name != "created_time"}
    assert about == {"custom_metadata": None, "deletion_time": "", "destroyed": False, "version": 1}


def test_the_envelope_has_all_its_parts(vault, path):
    answer = write(vault, path, {"k": "v"}).json()
    parts = {"request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"}
    assert set(answer) == parts


def test_a_secret_that_never_was_is_a_404_without_words(vault, path):
    answer = vault.get(f"secret/data/{path}")
    assert (answer.status_code, answer.json()) == (404, NOTHING)


def test_cas_0_only_creates(vault, path):
    assert write(vault, path, {"k": "1"}, cas=0).status_code == 200
    answer = write(vault, path, {"k": "2"}, cas=0)
    assert (answer.status_code, answer.json()) == (400, STALE)
    assert data_of(vault.get(f"secret/data/{path}"))["data"] == {"k": "1"}


def test_cas_is_the_version_that_was_read(vault, path):
    write(vault, path, {"k": "1"})
    assert data_of(write(vault, path, {"k": "2"}, cas=1))["version"] == 2
    assert write(vault, path, {"k": "3"}, cas=1).json() == STALE
    assert write(vault, path, {"k": "3"}, cas=9).json() == STALE


def test_a_version_can_be_named(vault, path):
    write(vault, path, {"k": "1"})
    write(vault, path, {"k": "2"})
    assert data_of(vault.get(f"secret/data/{path}?version=1"))["data"] == {"k": "1"}
    assert data_of(vault.get(f"secret/data/{path}?version=0"))["data"] == {"k": "2"}
    assert vault.get(f"secret/data/{path}?version=3").status_code == 404


def test_a_soft_deleted_secret_is_a_404_with_its_version(vault, path):
    write(vault, path, {"k": "1"})
    assert vault.delete(f"secret/data/{path}").status_code == 204
    answer = vault.get(f"secret/data/{path}")
    assert answer.status_code == 404
    assert data_of(answer)["data"] is None
    assert data_of(answer)["metadata"]["version"] == 1
    assert data_of(answer)["metadata"]["deletion_time"].startswith("20")
    assert data_of(answer)["metadata"]["destroyed"] is False


def test_a_soft_deleted_secret_is_not_created_anew_with_cas_0(vault, path):
    write(vault, path, {"k": "1"})
    vault.delete(f"secret/data/{path}")
    assert write(vault, path, {"k": "2"}, cas=0).json() == STALE
    assert data_of(write(vault, path, {"k": "2"}, cas=1))["version"] == 2


def test_deleting_what_is_not_there_is_done(vault, path):
    assert vault.delete(f"secret/data/{path}").status_code == 204
    assert vault.get(f"secret/metadata/{path}").status_code == 404


def test_a_deleted_version_comes_back(vault, path):
    write(vault, path, {"k": "1"})
    vault.delete(f"secret/data/{path}")
    assert vault.post(f"secret/undelete/{path}", {"versions": [1]}).status_code == 204
    assert data_of(vault.get(f"secret/data/{path}"))["data"] == {"k": "1"}


def test_a_destroyed_version_does_not(vault, path):
    write(vault, path, {"k": "1"})
    assert vault.put(f"secret/destroy/{path}", json={"versions": [1]}).status_code == 204
    vault.post(f"secret/undelete/{path}", {"versions": [1]})
    answer = vault.get(f"secret/data/{path}")
    assert answer.status_code == 404
    assert (data_of(answer)["data"], data_of(answer)["metadata"]["destroyed"]) == (None, True)


def test_older_versions_are_deleted_by_number(vault, path):
    write(vault, path, {"k": "1"})
    write(vault, path, {"k": "2"})
    assert vault.post(f"secret/delete/{path}", {"versions": [1]}).status_code == 204
    assert vault.get(f"secret/data/{path}?version=1").status_code == 404
    assert data_of(vault.get(f"secret/data/{path}"))["data"] == {"k": "2"}


def test_deleting_the_metadata_deletes_everything(vault, path):
    write(vault, path, {"k": "1"})
    assert vault.delete(f"secret/metadata/{path}").status_code == 204
    assert vault.get(f"secret/data/{path}").json() == NOTHING
    assert data_of(write(vault, path, {"k": "2"}, cas=0))["version"] == 1


def test_metadata_shows_every_version(vault, path):
    write(vault, path, {"k": "1"})
    write(vault, path, {"k": "2"})
    vault.post(f"secret/delete/{path}", {"versions": [1]})
    read = data_of(vault.get(f"secret/metadata/{path}"))
    assert (read["current_version"], read["oldest_version"], read["max_versions"]) == (2, 0, 0)
    assert (read["cas_required"], read["delete_version_after"], read["custom_metadata"]) == (False, "0s", None)
    assert set(read["versions"]) == {"1", "2"}
    assert set(read["versions"]["1"]) == {"created_time", "deletion_time", "destroyed"}
    assert read["versions"]["1"]["deletion_time"] != ""
    assert read["created_time"] == read["versions"]["1"]["created_time"]
    assert read["updated_time"] == read["versions"]["2"]["created_time"]


def test_custom_metadata_marks_a_secret_and_comes_with_each_read(vault, path):
    write(vault, path, {"k": "1"})
    assert vault.post(f"secret/metadata/{path}", {"custom_metadata": {"owner": "paas"}}).status_code == 204
    assert data_of(vault.get(f"secret/data/{path}"))["metadata"]["custom_metadata"] == {"owner": "paas"}
    assert data_of(write(vault, path, {"k": "2"}))["custom_metadata"] == {"owner": "paas"}


def test_custom_metadata_may_come_before_the_first_version(vault, path):
    vault.post(f"secret/metadata/{path}", {"custom_metadata": {"owner": "paas"}})
    assert data_of(vault.get(f"secret/metadata/{path}"))["current_version"] == 0
    assert vault.get(f"secret/data/{path}").status_code == 404
    assert data_of(write(vault, path, {"k": "1"}, cas=0))["version"] == 1


def test_custom_metadata_is_replaced_by_a_write_and_merged_by_a_patch(vault, path):
    vault.post(f"secret/metadata/{path}", {"custom_metadata": {"a": "1", "b": "2"}})
    assert patch(vault, f"secret/metadata/{path}", {"custom_metadata": {"b": None, "c": "3"}}).status_code == 204
    assert data_of(vault.get(f"secret/metadata/{path}"))["custom_metadata"] == {"a": "1", "c": "3"}
    vault.post(f"secret/metadata/{path}", {"custom_metadata": {"d": "4"}})
    assert data_of(vault.get(f"secret/metadata/{path}"))["custom_metadata"] == {"d": "4"}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"": "x"}, 'length of key "" is 0 but must be 0 < len(key) <= 128'),
        ({"k" * 129: "x"}, f'length of key "{"k" * 129}" is 129 but must be 0 < len(key) <= 128'),
        ({"k": ""}, 'length of value for key "k" is 0 but must be 0 < len(value) <= 512'),
        ({"k": "v" * 513}, 'length of value for key "k" is 513 but must be 0 < len(value) <= 512'),
        ({str(n): "x" for n in range(65)}, "payload must contain at most 64 keys, provided 65"),
    ],
)
def test_custom_metadata_has_limits(vault, path, metadata, words):
    answer = vault.post(f"secret/metadata/{path}", {"custom_metadata": metadata})
    assert refused(answer, 400, f"1 error occurred:\n\t* custom_metadata validation failed: {words}\n\n")


def test_only_the_last_ten_versions_are_kept(vault, path):
    for number in range(12):
        write(vault, path, {"k": number})
    assert vault.get(f"secret/data/{path}?version=2").status_code == 404
    assert data_of(vault.get(f"secret/data/{path}?version=3"))["data"] == {"k": 2}
    assert data_of(vault.get(f"secret/metadata/{path}"))["oldest_version"] == 3


def test_a_secret_may_keep_fewer_versions(vault, path):
    vault.post(f"secret/metadata/{path}", {"max_versions": 2})
    for number in range(3):
        write(vault, path, {"k": number})
    assert set(data_of(vault.get(f"secret/metadata/{path}"))["versions"]) == {"2", "3"}


def test_a_secret_may_require_cas(vault, path):
    vault.post(f"secret/metadata/{path}", {"cas_required": True})
    assert refused(write(vault, path, {"k": "1"}), 400, "check-and-set parameter required for this call")
    assert write(vault, path, {"k": "1"}, cas=0).status_code == 200


def test_a_patch_merges_into_the_newest_version(vault, path):
    write(vault, path, {"a": "1", "b": "2", "deep": {"x": 1, "y": 2}})
    answer = patch(vault, f"secret/data/{path}", {"data": {"b": None, "c": "3", "deep": {"y": None}}})
    assert data_of(answer)["version"] == 2
    assert data_of(vault.get(f"secret/data/{path}"))["data"] == {"a": "1", "c": "3", "deep": {"x": 1}}


def test_a_patch_can_compare_too(vault, path):
    write(vault, path, {"a": "1"})
    answer = patch(vault, f"secret/data/{path}", {"data": {"a": "2"}, "options": {"cas": 7}})
    assert (answer.status_code, answer.json()) == (400, STALE)


def test_a_patch_of_what_is_not_there_is_a_404(vault, path):
    assert patch(vault, f"secret/data/{path}", {"data": {"a": "2"}}).status_code == 404


def test_a_patch_of_a_deleted_secret_is_a_404(vault, path):
    write(vault, path, {"a": "1"})
    vault.delete(f"secret/data/{path}")
    assert patch(vault, f"secret/data/{path}", {"data": {"a": "2"}}).status_code == 404


def test_a_patch_needs_its_own_content_type(vault, path):
    words = "PATCH requires Content-Type of application/merge-patch+json, provided application/json"
    assert refused(vault.ask("PATCH", f"secret/data/{path}", json={"data": {}}), 415, words)


def test_a_list_shows_names_and_folders(vault, path):
    for name in ("b", "a/x", "a/y"):
        write(vault, f"{path}/{name}", {"k": "v"})
    assert data_of(vault.list(f"secret/metadata/{path}"))["keys"] == ["a/", "b"]
    assert data_of(vault.list(f"secret/metadata/{path}/a/"))["keys"] == ["x", "y"]
    assert data_of(vault.get(f"secret/metadata/{path}?list=true"))["keys"] == ["a/", "b"]


def test_a_soft_deleted_secret_is_still_listed(vault, path):
    write(vault, f"{path}/a", {"k": "v"})
    vault.delete(f"secret/data/{path}/a")
    assert data_of(vault.list(f"secret/metadata/{path}"))["keys"] == ["a"]


def test_a_list_of_nothing_is_a_404(vault, path):
    answer = vault.list(f"secret/metadata/{path}/")
    assert (answer.status_code, answer.json()) == (404, NOTHING)


@pytest.mark.parametrize(("method", "word"), [("GET", "get"), ("POST", "put"), ("LIST", "list"), ("DELETE", "delete")])
def test_a_path_as_in_version_1_is_a_404_that_says_so(vault, path, method, word):
    answer = vault.ask(method, f"secret/{path}", json={"k": "v"} if method == "POST" else None)
    assert answer.status_code == 404
    assert answer.json()["warnings"] == [
        "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. "
        f"If using the Vault CLI, use 'vault kv {word}' for this operation."
    ]


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("data", {"options": {}}, "no data provided"),
        ("data", {}, "no data provided"),
        ("data", {"data": {}, "options": {"cas": "x"}}, "error parsing check-and-set parameter"),
        ("delete", {}, "No version number provided"),
        ("undelete", {}, "No version number provided"),
        ("destroy", {}, "no version number provided"),
    ],
)
def test_what_makes_no_sense_is_refused(vault, path, kind, body, words):
    assert refused(vault.post(f"secret/{kind}/{path}", body), 400, words)


def test_empty_data_is_data(vault, path):
    write(vault, path, {})
    assert data_of(vault.get(f"secret/data/{path}"))["data"] == {}


def test_two_writers_with_one_version_are_told_apart(vault, path):
    from concurrent.futures import ThreadPoolExecutor

    write(vault, path, {"k": "0"})
    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, vault.anew(), path, {"k": str(number)}, cas=1) for number in range(8)]
    assert sorted(writer.result().status_code for writer in writers) == [200] + [400] * 7
