"""Deleting says how it is undone, or that it cannot be."""

import pytest

from tests.integration.vault.two import PLANTED


@pytest.fixture
def three(pack):
    for number in range(1, 4):
        pack.done("vault_write", vault="paasA", path=pack.path(), values={"a": pack.plant(f"v{number}")})
    return pack


def test_the_current_version_is_deleted_and_brought_back(three):
    delete = {"vault": "paasA", "path": three.path()}
    assert three.done("vault_delete", **delete, dry_run=True)["deleted"] is True
    assert three.data(three.path()) is not None
    result = three.done("vault_delete", **delete)
    assert (result["versions"], three.data(three.path())) == ([3], None)
    assert result["undo"] == f"vault_delete path={three.path()} undelete=true versions=3"
    assert three.done("vault_delete", **delete)["deleted"] is False
    three.done("vault_delete", **delete, undelete=True)
    assert three.data(three.path()) == {"a": f"{PLANTED}-v3"}


def test_destroyed_is_destroyed(three):
    delete = {"vault": "paasA", "path": three.path(), "versions": [2]}
    result = three.done("vault_delete", **delete, destroy=True)
    assert "cannot be brought back" in result["undo"]
    assert "was not destroyed" in three.refused("vault_delete", **delete, undelete=True)
    assert three.connect().read_version(three.path(), 1) == {"a": f"{PLANTED}-v1"}
    assert three.connect().read_version(three.path(), 2) is None


def test_a_version_that_is_not_there_is_refused(three):
    assert "one of 1, 2, 3" in three.refused("vault_delete", vault="paasA", path=three.path(), versions=[7])


def test_version_1_deletes_for_good_and_only_when_that_is_said(pack):
    path = pack.path(mount="kv1")
    pack.connect().write(path, {"a": "1"}, replaces=None)
    assert "destroy" in pack.refused("vault_delete", vault="paasA", path=path)
    assert "versions" in pack.refused("vault_delete", vault="paasA", path=path, versions=[1], destroy=True)
    assert "cannot be brought back" in pack.done("vault_delete", vault="paasA", path=path, destroy=True)["undo"]
    assert pack.data(path) is None


def test_what_is_not_there_is_nothing_to_delete(pack):
    assert pack.done("vault_delete", vault="paasA", path=pack.path())["deleted"] is False
