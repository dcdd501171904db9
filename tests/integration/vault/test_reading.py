"""A secret of Vault into a Kubernetes Secret, where the allow-list says so; never into a result."""

import base64

import pytest

from tests.integration.vault.two import PLANTED


@pytest.fixture
def ready(pack, namespace):
    pack.connect().write(pack.path(), {"user": PLANTED, "port": 5432}, replaces=None)
    return pack


def read(pack, *, path=None, name="orders", **more):
    given = {"vault": "paasA", "path": path or pack.path(), "cluster": "paasA", "namespace": pack.folder}
    return {**given, "secret": name, **more}


def held(cluster, pack, name="orders"):
    found = cluster.get(f"/api/v1/namespaces/{pack.folder}/secrets/{name}")
    return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}


def test_a_secret_is_made_and_kept_up_to_date(ready, cluster):
    result = ready.done("vault_read", **read(ready))
    assert (result["changed"], result["keys"]) == (True, ["port", "user"])
    assert held(cluster, ready) == {"user": PLANTED, "port": "5432"}
    assert ready.done("vault_read", **read(ready))["changed"] is False
    ready.done("vault_write", vault="paasA", path=ready.path(), values={"user": ready.plant("newer")})
    assert ready.done("vault_read", **read(ready))["changed"] is True
    assert held(cluster, ready)["user"] == f"{PLANTED}-newer"


def test_keys_are_chosen_and_renamed(ready, cluster):
    ready.done("vault_read", **read(ready, keys={"DB_USER": "user"}))
    assert held(cluster, ready) == {"DB_USER": PLANTED}


def test_a_dry_run_makes_nothing(ready, cluster):
    assert ready.done("vault_read", **read(ready, dry_run=True))["changed"] is True
    names = [each["metadata"]["name"] for each in cluster.list(f"/api/v1/namespaces/{ready.folder}/secrets")]
    assert "orders" not in names


def test_a_secret_of_somebody_else_is_left(ready, cluster):
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "theirs"}, "data": {}}
    cluster.create(f"/api/v1/namespaces/{ready.folder}/secrets", body)
    assert "was not made from Vault" in ready.refused("vault_read", **read(ready, name="theirs"))


def test_a_secret_made_from_another_path_is_left(ready):
    ready.connect().write(ready.path("other"), {"user": "x"}, replaces=None)
    ready.done("vault_read", **read(ready))
    assert "was made from paasA:" in ready.refused("vault_read", **read(ready, path=ready.path("other")))


@pytest.mark.parametrize("path", ["secret/another-namespace/orders", "secret/orders", "kv1/x/y"])
def test_what_the_allow_list_does_not_name_is_refused(ready, path):
    assert "vault.paasA.allow" in ready.refused("vault_read", **read(ready, path=path))


def test_without_an_allow_list_nothing_is_allowed(ready):
    ready.config["vault"]["paasA"]["allow"] = []
    assert "vault.paasA.allow" in ready.refused("vault_read", **read(ready))


def test_a_grant_is_for_its_clusters_alone(ready):
    ready.config["clusters"]["paasB"] = ready.config["clusters"]["paasA"]
    ready.config["vault"]["paasA"]["allow"] = [{"paths": ["*"], "namespaces": ["*"], "clusters": ["paasB"]}]
    assert "vault.paasA.allow" in ready.refused("vault_read", **read(ready))


def test_what_is_not_there_is_said(ready):
    assert "no such secret" in ready.refused("vault_read", **read(ready, path=ready.path("none")))
    ready.done("vault_delete", vault="paasA", path=ready.path())
    assert "its version 1 was deleted" in ready.refused("vault_read", **read(ready))


def test_a_key_that_the_secret_lacks_is_named(ready):
    assert "a key of" in ready.refused("vault_read", **read(ready, keys={"A": "nosuch"}))
    assert "a key as a Secret takes it" in ready.refused("vault_read", **read(ready, keys={"a b": "user"}))
