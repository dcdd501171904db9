import pytest


def test_a_standby_says_so_and_sends_on_to_its_leader(vault):
    vault.lab("standby", {"leader": "http://leader.example:8200"})
    assert vault.get("sys/health").status_code == 429
    assert vault.get("sys/health?standbyok=true").status_code == 200
    answer = vault.get("secret/data/a?version=1")
    assert answer.status_code == 307
    assert answer.headers["Location"] == "http://leader.example:8200/v1/secret/data/a?version=1"
    vault.lab("standby", {"standby": False})
    assert vault.get("sys/health").status_code == 200


def test_a_standby_without_a_leader_cannot_help(vault):
    vault.lab("standby")
    answer = vault.get("secret/data/a")
    assert answer.status_code == 500
    assert answer.json()["errors"] == ["local node not active but active cluster node not found"]


def test_it_can_be_sealed_from_outside_and_opened_again(vault):
    vault.lab("seal")
    assert vault.get("secret/data/a").json() == {"errors": ["Vault is sealed"]}
    vault.put("sys/unseal", json={"key": vault.key})
    assert vault.get("secret/data/a").status_code == 404


def test_a_token_runs_out_without_waiting(vault):
    token = vault.post("auth/token/create", {"policies": ["x"], "ttl": "1h"}).json()["auth"]["client_token"]
    vault.lab("clock", {"advance": 3601})
    assert vault.get("auth/token/lookup-self", headers={"X-Vault-Token": token}).status_code == 403


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_it_can_answer_with_any_status(vault, status):
    body = '{"errors":["planted"]}'
    vault.fault(path="/v1/secret/*", times=1, effect={"status": status, "body": body})
    answer = vault.get("secret/data/a")
    assert (answer.status_code, answer.json()) == (status, {"errors": ["planted"]})
