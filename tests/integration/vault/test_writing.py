"""Secrets go straight to Vault: by reference, generated, from Kubernetes; nobody's update is lost."""

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from paas.references import Secret
from paas.vault.merging import write_keys
from paas.vault.values import Wanted
from tests.integration.vault.two import PLANTED

BOTH = pytest.mark.parametrize("mount", ["secret", "kv1"])


@BOTH
def test_values_are_fetched_by_reference_and_generated(pack, mount):
    path = pack.path(mount=mount)
    values = {"user": pack.plant("user"), "password": "generate:24"}
    result = pack.done("vault_write", vault="paasA", path=path, values=values)
    assert (result["changed"], result["version"], result["written"]) == (["password", "user"], 1, True)
    data = pack.data(path)
    assert data["user"] == f"{PLANTED}-user"
    assert re.fullmatch("[A-Za-z0-9]{24}", data["password"])
    assert data["password"] not in json.dumps(result)


@BOTH
def test_twice_is_once(pack, mount):
    path = pack.path(mount=mount)
    values = {"user": pack.plant("user"), "password": "generate:24"}
    pack.done("vault_write", vault="paasA", path=path, values=values)
    before = pack.data(path)
    result = pack.done("vault_write", vault="paasA", path=path, values=values)
    assert (result["changed"], result["version"], result["written"]) == ([], 1, False)
    assert pack.data(path) == before


def test_a_generated_value_is_made_anew_when_it_is_asked_for(pack):
    path = pack.path()
    pack.done("vault_write", vault="paasA", path=path, values={"password": "generate:24"})
    before = pack.data(path)
    result = pack.done("vault_write", vault="paasA", path=path, values={"password": "generate:24"}, rotate=True)
    assert result["version"] == 2
    assert pack.data(path) != before


@BOTH
def test_other_keys_stay_unless_only_the_given_ones_shall(pack, mount):
    path = pack.path(mount=mount)
    pack.connect().write(path, {"theirs": "1", "nested": {"a": [1, None]}}, replaces=None)
    pack.done("vault_write", vault="paasA", path=path, values={"ours": pack.plant()})
    assert set(pack.data(path)) == {"theirs", "nested", "ours"}
    assert pack.data(path)["nested"] == {"a": [1, None]}
    pack.done("vault_write", vault="paasA", path=path, values={"ours": pack.plant()}, only=True)
    assert set(pack.data(path)) == {"ours"}


def test_a_dry_run_writes_nothing(pack):
    path = pack.path()
    result = pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant()}, dry_run=True)
    assert (result["changed"], result["written"], pack.data(path)) == (["a"], False, None)


def test_another_version_than_expected_is_a_conflict(pack):
    path = pack.path()
    pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant()}, cas=0)
    refused = pack.refused("vault_write", vault="paasA", path=path, values={"b": pack.plant()}, cas=0)
    assert "it has version 1, not 0" in refused
    assert set(pack.data(path)) == {"a"}


def test_two_writers_at_once_lose_no_update(pack):
    path = pack.path()

    def write(number):
        wanted = Wanted({f"key-{number}": Secret(f"value-{number}")}, {})
        return write_keys(pack.connect(), path, wanted)

    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(write, range(18)))
    assert pack.data(path) == {f"key-{number}": f"value-{number}" for number in range(18)}
    assert sorted(each.version for each in written) == list(range(1, 19))


def test_a_deleted_secret_gets_a_new_version(pack):
    path = pack.path()
    pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant()})
    pack.done("vault_delete", vault="paasA", path=path)
    result = pack.done("vault_write", vault="paasA", path=path, values={"b": pack.plant()})
    assert (result["version"], set(pack.data(path))) == (2, {"b"})


def test_a_destroyed_secret_gets_a_new_version(pack):
    path = pack.path()
    pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant()})
    pack.done("vault_delete", vault="paasA", path=path, destroy=True)
    result = pack.done("vault_write", vault="paasA", path=path, values={"b": pack.plant()})
    assert (result["version"], set(pack.data(path))) == (2, {"b"})


@pytest.mark.parametrize("name", ["a b", "100%", "what?", "#1", "ü", "a+b", "x%2Fy"])
def test_any_name_is_one_path_and_no_other(pack, name):
    path = pack.path(name)
    pack.done("vault_write", vault="paasA", path=path, values={"a": pack.plant()})
    folder = f"secret/metadata/{pack.folder}"
    assert pack.roots["paasA"].adapter.list(f"/v1/{folder}")["data"]["keys"] == [name]
    assert pack.data(path) == {"a": f"{PLANTED}-planted"}


@pytest.mark.parametrize("path", ["orders", "secret/", "/secret/a", "secret//a", "secret/../sys/a", "secret/a/"])
def test_what_is_no_path_is_refused_before_anything_is_asked(pack, path):
    assert "`path` is" in pack.refused("vault_write", vault="paasA", path=path, values={"a": "generate:10"})


@pytest.mark.parametrize(
    "reference", [f"{PLANTED}", f"vault:{PLANTED}", "generate:7", "generate:257", "kubernetes:a/b/c", "", 5]
)
def test_what_is_no_reference_is_refused_and_not_repeated(pack, reference):
    path = pack.path()
    assert "values.a" in pack.refused("vault_write", vault="paasA", path=path, values={"a": reference})
    assert pack.data(path) is None


def test_a_reference_that_names_nothing_writes_nothing(pack):
    values = {"a": pack.plant(), "b": "datastore:nosuch"}
    assert "values.b" in pack.refused("vault_write", vault="paasA", path=pack.path(), values=values)
    assert pack.data(pack.path()) is None


def test_values_are_given_one_way(pack):
    given = {"values": {"a": "generate:10"}, "from_secret": "paasA/x/y"}
    assert "exactly one of" in pack.refused("vault_write", vault="paasA", path=pack.path(), **given)
    assert "exactly one of" in pack.refused("vault_write", vault="paasA", path=pack.path())


def secret(cluster, namespace, name, data):
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}
    cluster.create(f"/api/v1/namespaces/{namespace}/secrets", body)


def test_values_come_from_a_kubernetes_secret(pack, cluster, namespace):
    secret(cluster, namespace, "db", {"user": PLANTED.encode(), "password": f"{PLANTED}-p".encode()})
    pack.done("vault_write", vault="paasA", path=pack.path(), from_secret=f"paasA/{namespace}/db")
    assert pack.data(pack.path()) == {"user": PLANTED, "password": f"{PLANTED}-p"}
    one = {"only": f"kubernetes:paasA/{namespace}/db/user"}
    pack.done("vault_write", vault="paasA", path=pack.path("one"), values=one)
    assert pack.data(pack.path("one")) == {"only": PLANTED}


def test_a_secret_of_another_namespace_does_not_come_into_a_path_that_is_not_its_own(pack, cluster, namespace):
    secret(cluster, namespace, "db", {"user": PLANTED.encode()})
    refused = pack.refused("vault_write", vault="paasA", path="secret/other/x", from_secret=f"paasA/{namespace}/db")
    assert "vault.paasA.allow" in refused
    assert pack.data("secret/other/x") is None


def test_a_binary_secret_is_refused_and_a_missing_key_is_named(pack, cluster, namespace):
    secret(cluster, namespace, "bin", {"file": b"\xff\xfe"})
    refused = pack.refused("vault_write", vault="paasA", path=pack.path(), from_secret=f"paasA/{namespace}/bin")
    assert "values are text" in refused
    values = {"a": f"kubernetes:paasA/{namespace}/bin/nosuch"}
    assert "it has no key nosuch; it has file" in pack.refused(
        "vault_write", vault="paasA", path=pack.path(), values=values
    )
