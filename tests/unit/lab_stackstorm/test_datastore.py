from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lab.stackstorm.database import Database
from lab.stackstorm.datastore import Datastore
from lab.stackstorm.errors import Invalid, NotFound


def test_a_secret_is_stored_encrypted_and_read_decrypted_on_request(datastore: Datastore) -> None:
    datastore.set("k", "open", secret=True)
    assert datastore.get("k").value != "open"
    assert datastore.get("k", decrypt=True).value == "open"


def test_a_secret_is_in_no_file_in_clear(datastore: Datastore, tmp_path: Path) -> None:
    datastore.set("k", "v3ry-s3cret", secret=True)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"v3ry-s3cret" in path.read_bytes()]


def test_only_the_owner_may_read_the_files(datastore: Datastore, tmp_path: Path) -> None:
    for name in ("key", "keys.db"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_an_item_is_gone_when_its_time_is_over(datastore: Datastore, clock) -> None:
    datastore.set("k", "v", ttl=10)
    clock.now += 9
    assert datastore.get("k").value == "v"
    clock.now += 1
    with pytest.raises(NotFound):
        datastore.get("k")


def test_items_outlive_the_process(tmp_path: Path) -> None:
    for write in (True, False):
        database = Database(tmp_path / "d.db")
        store = Datastore(database, key_file=tmp_path / "k")
        if write:
            store.set("k", "v", secret=True)
        assert store.get("k", decrypt=True).value == "v"
        database.close()


def test_a_list_is_a_page_of_names_with_a_prefix(datastore: Datastore) -> None:
    for name in ("a.2", "a.1", "b", "A.1", "a%1"):
        datastore.set(name, "v")
    assert [key.name for key in datastore.list(prefix="a.")] == ["a.1", "a.2"]
    assert [key.name for key in datastore.list(limit=2, offset=1)] == ["a%1", "a.1"]


def test_scopes_do_not_meet(datastore: Datastore) -> None:
    datastore.set("k", "mine", scope="user")
    with pytest.raises(NotFound):
        datastore.get("k")


@pytest.mark.parametrize(("name", "value"), [("", "v"), ("k", 5)])
def test_a_nameless_item_or_a_value_that_is_no_string_is_refused(datastore: Datastore, name: str, value: str) -> None:
    with pytest.raises(Invalid):
        datastore.set(name, value)


def test_ciphertext_of_another_key_is_refused(datastore: Datastore) -> None:
    with pytest.raises(Invalid, match="twice"):
        datastore.decrypt("open")
