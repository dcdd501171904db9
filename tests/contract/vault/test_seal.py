"""Initialisation, sealing and restarts; each test has a Vault of its own."""

import pytest

from tests.contract.vault.wire import data_of, refused, write

SEALED = "Vault is sealed"


def unseal(vault, *keys):
    return [vault.put("sys/unseal", json={"key": key}).json() for key in keys][-1]


def test_a_new_vault_says_that_it_is_not_initialised(new_vault):
    assert new_vault.get("sys/init").json() == {"initialized": False}
    assert new_vault.get("sys/health").status_code == 501
    status = new_vault.get("sys/seal-status").json()
    assert (status["initialized"], status["sealed"], status["n"]) == (False, True, 0)


def test_initialisation_gives_the_keys_once(new_vault):
    made = new_vault.put("sys/init", json={"secret_shares": 3, "secret_threshold": 2}).json()
    assert (len(made["keys"]), len(made["keys_base64"]), len(set(made["keys"]))) == (3, 3, 3)
    assert made["root_token"].startswith("hvs.")
    answer = new_vault.put("sys/init", json={"secret_shares": 3, "secret_threshold": 2})
    assert refused(answer, 400, "Vault is already initialized")
    assert new_vault.get("sys/health").status_code == 503


def test_enough_different_keys_open_it(new_vault):
    made = new_vault.put("sys/init", json={"secret_shares": 3, "secret_threshold": 2}).json()
    first = unseal(new_vault, made["keys_base64"][0], made["keys_base64"][0])
    assert (first["sealed"], first["progress"], first["t"], first["n"]) == (True, 1, 2, 3)
    assert unseal(new_vault, made["keys"][2])["sealed"] is False


def test_the_keys_given_so_far_can_be_forgotten(new_vault):
    made = new_vault.put("sys/init", json={"secret_shares": 2, "secret_threshold": 2}).json()
    unseal(new_vault, made["keys"][0])
    assert new_vault.put("sys/unseal", json={"reset": True}).json()["progress"] == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'key' must be specified in request body as JSON, or 'reset' set to true"),
        ({"key": "?"}, "'key' must be a valid hex or base64 string"),
        ({"key": "AAAA"}, "invalid key: key is shorter than minimum 16 bytes"),
    ],
)
def test_a_key_that_is_none_is_refused(own_vault, body, words):
    own_vault.put("sys/seal")
    assert refused(own_vault.put("sys/unseal", json=body), 400, words)


def test_a_sealed_vault_answers_nothing(own_vault):
    write(own_vault, "a", {"k": "v"})
    assert own_vault.put("sys/seal").status_code == 204
    for path in ("secret/data/a", "auth/token/lookup-self", "sys/mounts"):
        assert refused(own_vault.get(path), 503, SEALED)
    assert refused(write(own_vault, "a", {"k": "w"}), 503, SEALED)
    health = own_vault.get("sys/health")
    assert (health.status_code, health.json()["sealed"], health.json()["standby"]) == (503, True, True)


def test_an_opened_vault_has_everything_again(own_vault):
    write(own_vault, "a", {"k": "v"})
    own_vault.put("sys/seal")
    assert unseal(own_vault, *own_vault.unseal_keys[:2])["sealed"] is False
    assert data_of(own_vault.get("secret/data/a"))["data"] == {"k": "v"}


def test_a_restarted_vault_is_sealed_and_forgets_nothing(own_vault):
    write(own_vault, "a", {"k": "v"})
    own_vault.post("sys/auth/approle", {"type": "approle"})
    own_vault.post("auth/approle/role/app", {"token_policies": ["x"]})
    token = own_vault.post("auth/token/create", {"policies": ["x"], "ttl": "1h"}).json()["auth"]["client_token"]
    own_vault.restart()
    vault = own_vault.anew()
    assert vault.get("sys/health").status_code == 503
    unseal(vault, *own_vault.unseal_keys[1:])
    assert data_of(vault.get("secret/data/a"))["data"] == {"k": "v"}
    assert data_of(vault.get("auth/approle/role/app"))["token_policies"] == ["x"]
    assert vault.anew({"X-Vault-Token": token}).get("auth/token/lookup-self").status_code == 200


def test_only_who_may_can_seal(vault, as_token):
    answer = as_token('path "sys/seal" { capabilities = ["update"] }').put("sys/seal")
    assert answer.status_code == 403
    assert vault.get("sys/seal-status").json()["sealed"] is False


@pytest.mark.parametrize(("query", "status"), [("", 200), ("?activecode=299", 299), ("?standbyok=true", 200)])
def test_health_uses_the_status_that_is_asked_for(vault, query, status):
    health = vault.get(f"sys/health{query}")
    assert (health.status_code, health.json()["initialized"], health.json()["sealed"]) == (status, True, False)
