import pytest

from tests.contract.consul.values import entry_of, index_of, value_of

MAX_VALUE = 512 * 1024


def test_a_key_comes_back_with_its_value_and_its_flags(consul, folder):
    assert consul.put(f"kv/{folder}/a?flags=42", b"x\x00\xff").json() is True
    entry = entry_of(consul, f"{folder}/a")
    assert (entry["Key"], entry["Value"], entry["Flags"], entry["LockIndex"]) == (f"{folder}/a", "eAD/", 42, 0)
    assert entry["CreateIndex"] == entry["ModifyIndex"] > 0
    assert "Session" not in entry


def test_the_largest_flags_are_64_bits(consul, folder):
    consul.put(f"kv/{folder}/a?flags={2**64 - 1}", b"x")
    assert entry_of(consul, f"{folder}/a")["Flags"] == 2**64 - 1


def test_an_empty_value_is_null(consul, folder):
    consul.put(f"kv/{folder}/a", b"")
    assert entry_of(consul, f"{folder}/a")["Value"] is None


def test_a_raw_read_is_the_value_alone(consul, folder):
    consul.put(f"kv/{folder}/a", b"\x00\x01")
    answer = consul.get(f"kv/{folder}/a?raw")
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x00\x01", "text/plain")


def test_a_missing_key_is_a_404_with_an_index(consul, folder):
    answer = consul.get(f"kv/{folder}/none")
    assert (answer.status_code, answer.content) == (404, b"")
    assert index_of(answer) >= 1


def test_a_list_is_in_the_order_of_bytes(consul, folder):
    for name in ("b", "a/b", "a", "a-b", "B", "%C3%A9"):
        consul.put(f"kv/{folder}/{name}", b"x")
    keys = [entry["Key"].removeprefix(f"{folder}/") for entry in consul.get(f"kv/{folder}/?recurse").json()]
    assert keys == ["B", "a", "a-b", "a/b", "b", "é"]


def test_a_prefix_is_a_string_and_no_folder(consul, folder):
    consul.put(f"kv/{folder}/team", b"1")
    consul.put(f"kv/{folder}/teams/x", b"1")
    assert len(consul.get(f"kv/{folder}/team?recurse").json()) == 2
    assert consul.get(f"kv/{folder}/team/?recurse").status_code == 404


def test_keys_are_cut_after_the_separator(consul, folder):
    for name in ("a/b/c", "a/b/d", "a/e", "f"):
        consul.put(f"kv/{folder}/{name}", b"x")
    assert consul.get(f"kv/{folder}/?keys&separator=/").json() == [f"{folder}/a/", f"{folder}/f"]
    assert consul.get(f"kv/{folder}/a/?keys&separator=/").json() == [f"{folder}/a/b/", f"{folder}/a/e"]
    assert len(consul.get(f"kv/{folder}/?keys").json()) == 4


def test_keys_of_nothing_are_a_404(consul, folder):
    assert consul.get(f"kv/{folder}/?keys").status_code == 404


def test_cas_0_only_creates(consul, folder):
    assert consul.put(f"kv/{folder}/a?cas=0", b"1").json() is True
    assert consul.put(f"kv/{folder}/a?cas=0", b"2").json() is False
    assert value_of(consul, f"{folder}/a") == b"1"


def test_cas_writes_over_what_was_read_and_nothing_else(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    read = entry_of(consul, f"{folder}/a")["ModifyIndex"]
    assert consul.put(f"kv/{folder}/a?cas={read}", b"2").json() is True
    assert consul.put(f"kv/{folder}/a?cas={read}", b"3").json() is False
    assert value_of(consul, f"{folder}/a") == b"2"


def test_cas_with_an_index_does_not_create(consul, folder):
    assert consul.put(f"kv/{folder}/a?cas=1", b"1").json() is False
    assert value_of(consul, f"{folder}/a") is None


def test_the_same_value_written_again_changes_nothing(consul, folder):
    consul.put(f"kv/{folder}/a?flags=1", b"1")
    before = entry_of(consul, f"{folder}/a")
    consul.put(f"kv/{folder}/a?flags=1", b"1")
    assert entry_of(consul, f"{folder}/a") == before


def test_other_flags_alone_are_a_change(consul, folder):
    consul.put(f"kv/{folder}/a?flags=1", b"1")
    before = entry_of(consul, f"{folder}/a")
    consul.put(f"kv/{folder}/a", b"1")
    after = entry_of(consul, f"{folder}/a")
    assert (after["Flags"], after["CreateIndex"]) == (0, before["CreateIndex"])
    assert after["ModifyIndex"] > before["ModifyIndex"]


def test_the_index_of_a_list_is_its_newest_keys(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    consul.put(f"kv/{folder}/b", b"1")
    consul.put(f"kv/{folder}-elsewhere", b"1")
    assert index_of(consul.get(f"kv/{folder}/?recurse")) == entry_of(consul, f"{folder}/b")["ModifyIndex"]


def test_the_index_of_a_list_does_not_fall_when_its_newest_key_goes(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    consul.put(f"kv/{folder}/b", b"1")
    before = index_of(consul.get(f"kv/{folder}/?recurse"))
    consul.delete(f"kv/{folder}/b")
    assert index_of(consul.get(f"kv/{folder}/?recurse")) > before


def test_deleting_is_done_also_where_there_is_nothing(consul, folder):
    assert consul.delete(f"kv/{folder}/a").json() is True


def test_a_delete_with_cas_leaves_what_was_changed(consul, folder):
    consul.put(f"kv/{folder}/a", b"1")
    read = entry_of(consul, f"{folder}/a")["ModifyIndex"]
    consul.put(f"kv/{folder}/a", b"2")
    assert consul.delete(f"kv/{folder}/a?cas={read}").json() is False
    assert value_of(consul, f"{folder}/a") == b"2"


def test_a_delete_with_cas_of_a_key_that_is_gone_counts_as_done(consul, folder):
    assert consul.delete(f"kv/{folder}/a?cas=7").json() is True


def test_a_recursive_delete_takes_a_prefix_and_leaves_its_neighbours(consul, folder):
    for name in ("team", "team/a", "team/b", "teams"):
        consul.put(f"kv/{folder}/{name}", b"1")
    assert consul.delete(f"kv/{folder}/team/?recurse").json() is True
    assert consul.get(f"kv/{folder}/?keys").json() == [f"{folder}/team", f"{folder}/teams"]


def test_a_value_of_512_kb_is_the_largest(consul, folder):
    assert consul.put(f"kv/{folder}/a", b"x" * MAX_VALUE).json() is True
    answer = consul.put(f"kv/{folder}/b", b"x" * (MAX_VALUE + 1))
    assert answer.status_code == 413
    assert answer.text.startswith(f"Request body({MAX_VALUE + 1} bytes) too large, max size: {MAX_VALUE} bytes.")
    assert value_of(consul, f"{folder}/b") is None


@pytest.mark.parametrize(
    ("sent", "shown"), [("a%20b", "a b"), ("%C3%A9", "é"), ("a%2Fb", "a/b"), ("%FF", "\ufffd"), ("a+b", "a+b")]
)
def test_a_key_may_be_any_printable_text(consul, folder, sent, shown):
    consul.put(f"kv/{folder}/{sent}", b"1")
    assert consul.get(f"kv/{folder}/?keys").json() == [f"{folder}/{shown}"]


@pytest.mark.parametrize("sent", ["%01", "%7F", "%C2%A0", "%0A"])
def test_an_unprintable_path_is_refused(consul, folder, sent):
    assert consul.put(f"kv/{folder}/{sent}", b"1").status_code == 400


def test_two_keys_of_invalid_utf_8_look_alike_and_are_two(consul, folder):
    consul.put(f"kv/{folder}/%FE", b"1")
    consul.put(f"kv/{folder}/%FF", b"2")
    assert consul.get(f"kv/{folder}/?keys").json() == [f"{folder}/\ufffd"] * 2


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "kv/", 400, "Missing key name"),
        ("PUT", "kv/", 400, "Missing key name"),
        ("DELETE", "kv/", 400, "Missing key name"),
        ("POST", "kv/a", 405, "method POST not allowed"),
        ("PUT", "kv/a?cas=0&acquire=x", 400, "Conflicting flags: acquire=x&cas=0"),
        ("DELETE", "kv/a?recurse&cas=1", 400, "Conflicting flags: cas=1&recurse="),
        ("PUT", "kv/a?flags=x", 500, 'strconv.ParseUint: parsing "x": invalid syntax'),
        ("PUT", "kv/a?cas=x", 500, 'strconv.ParseUint: parsing "x": invalid syntax'),
        ("GET", "kv/a?index=x", 400, "Invalid index"),
        ("GET", "kv/a?wait=x", 400, "Invalid wait time"),
        ("GET", "kv/a?stale&consistent", 400, "Cannot specify ?stale with ?consistent, conflicting semantics."),
        ("GET", "nothing", 404, "Invalid URL path: not a recognized HTTP API endpoint\n"),
        ("GET", "kv/a?dc=elsewhere", 500, "No path to datacenter"),
    ],
)
def test_what_makes_no_sense_is_refused(consul, method, path, status, words):
    answer = consul.ask(method, path)
    assert (answer.status_code, answer.text) == (status, words)
