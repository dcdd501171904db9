"""Actions on keys: look, compare, act; values only where they were asked for."""

import json
import stat

import pytest

from tests.unit.consul_actions.cases import PLANTED


@pytest.fixture
def folder(two):
    return two.folder


def test_a_value_is_written_by_reference_and_not_shown(pack, two, folder):
    result = pack.done("consul_put", consul="paasA", key=f"{folder}a", value_from=pack.secret(PLANTED), flags=7)
    assert (result["written"], result["created"], result["bytes"]) == (True, True, len(PLANTED))
    assert two.source.tree(folder) == {f"{folder}a": (PLANTED.encode(), 7)}
    found = pack.done("consul_get", consul="paasA", key=f"{folder}a")
    assert (found["bytes"], found["flags"]) == (len(PLANTED), 7)
    assert "value" not in found


def test_the_same_value_is_not_written_again(pack, two, folder):
    pack.done("consul_put", consul="paasA", key=f"{folder}a", value="v")
    index = two.source.entries(folder)[0]["ModifyIndex"]
    result = pack.done("consul_put", consul="paasA", key=f"{folder}a", value="v")
    assert (result["written"], result["modify_index"]) == (False, index)


def test_flags_stay_where_none_are_given(pack, two, folder):
    two.source.put(f"{folder}a", b"1", flags=9)
    pack.done("consul_put", consul="paasA", key=f"{folder}a", value="2")
    assert two.source.tree(folder) == {f"{folder}a": (b"2", 9)}


def test_another_index_than_expected_is_a_conflict(pack, two, folder):
    two.source.put(f"{folder}a", b"1")
    assert "ModifyIndex" in pack.refused("consul_put", consul="paasA", key=f"{folder}a", value="2", cas=0)
    assert "not there" in pack.refused("consul_put", consul="paasA", key=f"{folder}b", value="2", cas=5)
    assert two.source.value(f"{folder}a") == b"1"


def test_a_dry_run_writes_nothing(pack, two, folder):
    result = pack.done("consul_put", consul="paasA", key=f"{folder}a", value="v", dry_run=True)
    assert (result["written"], two.source.tree(folder)) == (False, {})


@pytest.mark.parametrize("given", [{}, {"value": "v", "value_from": "env:HOME"}])
def test_one_value_is_given_one_way(pack, folder, given):
    assert "exactly one of" in pack.refused("consul_put", consul="paasA", key=f"{folder}a", **given)


def test_a_value_is_shown_where_it_is_asked_for(pack, two, folder):
    two.source.put(f"{folder}a", b"{{ st2kv.system.x }} <% 1 %>")
    shown = pack.done("consul_get", consul="paasA", key=f"{folder}a", show=True)
    assert shown["value"] == "{ { st2kv.system.x }} < % 1 %>"


def test_what_is_never_shown_is_not_shown_when_asked_for(pack, two, folder):
    pack.config["consul"]["paasA"]["never_show"] = [f"{folder}private/"]
    two.source.put(f"{folder}private/a", PLANTED.encode())
    assert "comes into no result" in pack.refused("consul_get", consul="paasA", key=f"{folder}private/a", show=True)
    assert "into no result" in pack.refused("consul_export", consul="paasA", prefix=folder, show=True)


def test_a_key_that_is_not_there_is_said_so(pack, folder):
    assert "no such key" in pack.refused("consul_get", consul="paasA", key=f"{folder}none")


def test_a_key_is_deleted_and_twice_is_once(pack, two, folder):
    two.source.put(f"{folder}a", b"v")
    assert pack.done("consul_delete", consul="paasA", key=f"{folder}a", dry_run=True)["count"] == 1
    assert pack.done("consul_delete", consul="paasA", key=f"{folder}a")["count"] == 1
    assert pack.done("consul_delete", consul="paasA", key=f"{folder}a")["count"] == 0


def test_a_folder_is_deleted_within_a_bound_and_can_be_brought_back(pack, two, folder):
    for number in range(5):
        two.source.put(f"{folder}x/{number}", PLANTED.encode(), flags=number)
    before = two.source.tree(folder)
    delete = {"consul": "paasA", "key": f"{folder}x/", "recurse": True}
    assert "at most 3 keys" in pack.refused("consul_delete", **delete, max_keys=3)
    file = str(pack.directory / "backup.json")
    result = pack.done("consul_delete", **delete, backup_file=file)
    assert (result["count"], two.source.tree(folder)) == (5, {})
    assert result["undo"] == f"consul_import file={file}"
    pack.done("consul_import", consul="paasA", file=file)
    assert two.source.tree(folder) == before


def test_a_large_folder_is_deleted_whatever_its_keys_are_called(pack, two, folder):
    two.source.put_many((f"{folder}x/{number}", b"v", 0) for number in range(300))
    two.source.put(f"{folder}x/".encode() + b"\xff", b"v")
    two.source.put(f"{folder}x/\ufffd", b"v")
    result = pack.done("consul_delete", consul="paasA", key=f"{folder}x/", recurse=True, max_keys=1000)
    assert (result["count"], two.source.tree(folder)) == (302, {})


def test_a_key_that_changes_meanwhile_is_not_deleted(pack, two, folder):
    from paas.consul.single import delete_found, folder_to_delete

    two.source.put_many((f"{folder}x/{number}", b"v", 0) for number in range(10))
    wire = two.source.connect().wire
    found = folder_to_delete(wire, f"{folder}x/")
    two.source.put(f"{folder}x/3", b"newer")
    deleted, changed = delete_found(wire, found)
    assert (len(deleted), changed) == (9, [f"{folder}x/3"])
    assert two.source.tree(folder) == {f"{folder}x/3": (b"newer", 0)}


@pytest.mark.parametrize("key", ["", "/", "/a/", "a"])
def test_only_a_folder_is_deleted_as_one(pack, key):
    assert "a folder" in pack.refused("consul_delete", consul="paasA", key=key, recurse=True)


@pytest.mark.parametrize("key", ["paas-sync/x/lock", "paas-sync/"])
def test_what_belongs_to_the_sync_is_left_to_it(pack, key):
    assert "belongs to the sync" in pack.refused("consul_delete", consul="paasB", key=key, recurse=key.endswith("/"))
    assert "belongs to the sync" in pack.refused("consul_put", consul="paasB", key=f"{key}x", value="v")


def test_an_export_is_a_file_of_its_owner_alone_and_an_import_reads_it(pack, two, folder):
    two.source.put(f"{folder}a", PLANTED.encode(), flags=3)
    two.source.put(f"{folder}empty", b"")
    two.source.put(f"{folder}binary", bytes(range(256)))
    two.source.put(f"{folder}large", b"x" * 500_000)
    file = pack.directory / "export.json"
    assert pack.done("consul_export", consul="paasA", prefix=folder, file=str(file))["count"] == 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [set(entry) for entry in json.loads(file.read_text())] == [{"key", "flags", "value"}] * 4
    result = pack.done("consul_import", consul="paasB", file=str(file))
    assert result["created"]["count"] == 4
    two.assert_equal()
    assert pack.done("consul_import", consul="paasB", file=str(file))["equal"] == 4


def test_an_import_leaves_other_values_unless_it_may_replace_them(pack, two, folder):
    two.source.put(f"{folder}a", b"source")
    two.destination.put(f"{folder}a", b"there first")
    copy = {"consul": "paasA", "prefix": folder, "to_consul": "paasB"}
    result = pack.done("consul_export", **copy)["imported"]
    assert (result["different"]["count"], two.destination.value(f"{folder}a")) == (1, b"there first")
    result = pack.done("consul_export", **copy, overwrite=True, dry_run=True)["imported"]
    assert (result["replaced"]["count"], two.destination.value(f"{folder}a")) == (1, b"there first")
    pack.done("consul_export", **copy, overwrite=True)
    assert two.destination.value(f"{folder}a") == b"source"


@pytest.mark.parametrize("count", [128, 129, 500])
def test_any_number_of_keys_is_imported(pack, two, folder, count):
    two.source.put_many((f"{folder}{number}", b"v", number) for number in range(count))
    pack.done("consul_export", consul="paasA", prefix=folder, to_consul="paasB")
    two.assert_equal()


@pytest.mark.parametrize(
    "text",
    ["no json", "{}", '[{"flags": 1}]', '[{"key": "a", "flags": -1}]', '[{"key": "a", "value": "%%planted-9f2c"}]'],
)
def test_what_is_no_export_is_refused_without_repeating_it(pack, text):
    file = pack.directory / "export.json"
    file.write_text(text)
    assert "`file` is" in pack.refused("consul_import", consul="paasB", file=str(file))


def test_a_file_that_cannot_be_read_or_written_is_said_so(pack, two, folder):
    two.source.put(f"{folder}a", b"v")
    assert "a readable file" in pack.refused("consul_import", consul="paasB", file="/nowhere/x.json")
    assert "can be written" in pack.refused("consul_export", consul="paasA", prefix=folder, file="/nowhere/x.json")
    refused = pack.refused("consul_delete", consul="paasA", key=f"{folder}a", backup_file="/nowhere/x.json")
    assert "can be written" in refused
    assert two.source.value(f"{folder}a") == b"v"
