"""Secrets from one Vault to another."""

import pytest

from tests.integration.vault.two import PLANTED

A_TO_B = {"source": "paasA", "destination": "paasB"}


def fill(pack, *names, mount="secret", vault="paasA"):
    for name in names:
        pack.connect(vault).write(pack.path(name, mount=mount), {"a": f"{PLANTED}-{name}", "n": 5}, replaces=None)


@pytest.fixture
def folder(pack):
    fill(pack, "one", "deep/two", "deep/er/three", "deep")
    return pack


def copied(pack, **more):
    given = {**A_TO_B, "path": f"secret/{pack.folder}/"}
    return pack.done("vault_copy", **{**given, **more})


def test_a_folder_is_copied_whole(folder):
    result = copied(folder)
    assert result["created"]["count"] == 4
    for name in ("one", "deep/two", "deep/er/three", "deep"):
        assert folder.data(folder.path(name), vault="paasB") == folder.data(folder.path(name))
    assert copied(folder)["equal"]["count"] == 4


def test_a_dry_run_shows_keys_and_no_value(folder):
    result = copied(folder, dry_run=True)
    assert result["diff"][folder.path("one")] == {"add": ["a", "n"], "change": [], "remove": []}
    assert folder.data(folder.path("one"), vault="paasB") is None


def test_what_another_hand_wrote_is_left_unless_it_may_be_replaced(folder):
    folder.connect("paasB").write(folder.path("one"), {"a": "theirs"}, replaces=None)
    result = copied(folder)
    assert result["different"]["paths"] == [folder.path("one")]
    assert result["diff"][folder.path("one")] == {"add": ["n"], "change": ["a"], "remove": []}
    assert folder.data(folder.path("one"), vault="paasB") == {"a": "theirs"}
    assert copied(folder, overwrite=True)["updated"]["paths"] == [folder.path("one")]
    assert folder.data(folder.path("one"), vault="paasB") == folder.data(folder.path("one"))


def test_an_earlier_copy_is_brought_up_to_date_and_one_that_was_changed_is_not(folder):
    copied(folder)
    for name in ("one", "deep"):
        folder.done("vault_write", vault="paasA", path=folder.path(name), values={"a": folder.plant("newer")})
    folder.done("vault_write", vault="paasB", path=folder.path("deep"), values={"a": folder.plant("theirs")})
    result = copied(folder)
    assert (result["updated"]["paths"], result["different"]["paths"]) == ([folder.path("one")], [folder.path("deep")])


def test_a_copy_goes_to_another_name_and_another_version_of_the_engine(folder):
    result = copied(folder, to=f"kv1/{folder.folder}/copy/")
    assert result["created"]["count"] == 4
    assert folder.data(f"kv1/{folder.folder}/copy/one", vault="paasB") == folder.data(folder.path("one"))
    fill(folder, "first", mount="kv1")
    back = copied(folder, path=f"kv1/{folder.folder}/first", to=folder.path("from-first"))
    assert back["created"]["count"] == 1
    assert folder.data(folder.path("from-first"), vault="paasB") == folder.data(f"kv1/{folder.folder}/first")


def test_a_history_is_carried_version_by_version(pack):
    path = pack.path()
    for number in range(1, 6):
        pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant(f"v{number}")})
    pack.done("vault_delete", vault="paasA", path=path, versions=[2])
    pack.done("vault_delete", vault="paasA", path=path, versions=[3], destroy=True)
    assert copied(pack, path=path, versions="all")["created"]["count"] == 1
    there = pack.connect("paasB")
    assert [there.read_version(path, number) for number in range(1, 6)] == [
        {"a": f"{PLANTED}-v1"},
        None,
        None,
        {"a": f"{PLANTED}-v4"},
        {"a": f"{PLANTED}-v5"},
    ]
    assert there.read(path).version == 5


def test_a_history_that_was_interrupted_is_gone_on_with(pack, monkeypatch):
    from paas.errors import Unavailable
    from paas.vault.client import Vault

    path = pack.path()
    for number in range(1, 5):
        pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant(f"v{number}")})
    reads = Vault.read_version

    def failing(self, path, version):
        if version == 3:
            raise Unavailable(system="Vault paasA", operation="read", target=path, words="gone for a moment")
        return reads(self, path, version)

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "read_version", failing)
        assert "gone for a moment" in copied(pack, path=path, versions="all")["messages"][path]
    assert pack.connect("paasB").read(path).version == 2
    copied(pack, path=path, versions="all")
    assert pack.connect("paasB").read(path).version == 4
    assert pack.connect("paasB").read_version(path, 3) == {"a": f"{PLANTED}-v3"}
    assert copied(pack, path=path, versions="all")["equal"]["count"] == 1


def test_version_1_has_no_history(pack):
    fill(pack, "first", mount="kv1")
    result = copied(pack, path=pack.path("first", mount="kv1"), versions="all")
    assert "keeps no versions" in next(iter(result["messages"].values()))


def test_what_cannot_be_read_is_said_and_the_others_are_copied(folder):
    folder.done("vault_delete", vault="paasA", path=folder.path("one"))
    result = copied(folder)
    assert (result["unreadable"]["paths"], result["created"]["count"]) == ([folder.path("one")], 3)


def test_a_denied_path_is_said_and_the_others_are_copied(folder):
    rules = f"""
        path "secret/data/{folder.folder}/*" {{ capabilities = ["create", "read", "update"] }}
        path "secret/metadata/{folder.folder}/*" {{ capabilities = ["create", "read", "update", "list"] }}
        path "secret/data/{folder.folder}/one" {{ capabilities = ["deny"] }}
    """
    folder.service.set_value("token.paasB", folder.token(rules, vault="paasB"), local=False)
    result = copied(folder)
    assert (result["failed"]["paths"], result["created"]["count"]) == ([folder.path("one")], 3)
    assert "permission denied" in result["messages"][folder.path("one")]


@pytest.mark.parametrize("more", [{"to": "secret/x"}, {"path": "secret"}, {"path": "secret/a", "to": "secret/b/"}])
def test_what_is_no_path_is_refused(folder, more):
    given = {**A_TO_B, "path": f"secret/{folder.folder}/", **more}
    assert "`to` is" in folder.refused("vault_copy", **given) or "`path` is" in folder.refused("vault_copy", **given)


def test_a_tree_of_references_is_loaded_and_twice_is_once(pack):
    tree = {"db": {"user": pack.plant("user"), "password": "generate:20"}, "deep/api": {"key": pack.plant("key")}}
    load = {"vault": "paasA", "tree": tree, "prefix": f"secret/{pack.folder}/"}
    assert pack.done("vault_load", **load, dry_run=True)["written"] == 0
    assert pack.done("vault_load", **load)["written"] == 2
    assert pack.data(pack.path("deep/api")) == {"key": f"{PLANTED}-key"}
    assert pack.done("vault_load", **load)["unchanged"] == 2


def test_a_tree_comes_from_a_file(pack):
    file = pack.directory / "tree.yaml"
    pack.plant("user")
    file.write_text(f"secret/{pack.folder}/db:\n  user: datastore:user\n")
    assert pack.done("vault_load", vault="paasA", file=str(file))["written"] == 1


@pytest.mark.parametrize("text", [f"{PLANTED}: [", f"- {PLANTED}", f"secret/a/b: {PLANTED}", f"x: {{a: {PLANTED}}}"])
def test_what_is_no_tree_is_refused_and_not_repeated(pack, text):
    file = pack.directory / "tree.yaml"
    file.write_text(text)
    assert pack.refused("vault_load", vault="paasA", file=str(file))


def test_a_reference_that_names_nothing_loads_nothing(pack):
    tree = {pack.path("a"): {"a": pack.plant()}, pack.path("b"): {"b": "datastore:nosuch"}}
    assert "nosuch" in pack.refused("vault_load", vault="paasA", tree=tree)
    assert pack.data(pack.path("a")) is None
