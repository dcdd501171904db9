import time

import pytest

from tests.contract.vault.wire import NOTHING, auth_of, data_of, refused


@pytest.fixture
def mount(vault, name):
    """A mount of AppRole of the test's own."""
    vault.post(f"sys/auth/{name}", {"type": "approle"})
    return f"auth/{name}"


@pytest.fixture
def role(vault, mount):
    """Makes a role and returns its id."""

    def make(**wanted):
        vault.post(f"{mount}/role/app", wanted)
        return data_of(vault.get(f"{mount}/role/app/role-id"))["role_id"]

    return make


def secret_id(vault, mount, **wanted):
    return data_of(vault.post(f"{mount}/role/app/secret-id", wanted))


def login(vault, mount, **wanted):
    return vault.post(f"{mount}/login", wanted, headers={})


def test_a_role_has_settings_with_defaults(vault, mount, role):
    role(token_policies=["a", "b"], token_ttl="20m", token_max_ttl="30m")
    read = data_of(vault.get(f"{mount}/role/app"))
    assert (read["token_policies"], read["token_ttl"], read["token_max_ttl"]) == (["a", "b"], 1200, 1800)
    assert (read["bind_secret_id"], read["secret_id_num_uses"], read["secret_id_ttl"]) == (True, 0, 0)
    assert "role_id" not in read


def test_a_login_gives_a_token_of_the_role(vault, mount, role):
    role_id = role(token_policies="a", token_ttl="20m", token_max_ttl="30m")
    made = secret_id(vault, mount, metadata='{"who": "ci"}')
    auth = auth_of(login(vault, mount, role_id=role_id, secret_id=made["secret_id"]))
    assert (auth["policies"], auth["lease_duration"], auth["orphan"]) == (["a", "default"], 1200, True)
    assert auth["metadata"] == {"role_name": "app", "who": "ci"}
    subject = vault.anew({"X-Vault-Token": auth["client_token"]})
    read = data_of(subject.get("auth/token/lookup-self"))
    assert (read["display_name"], read["path"]) == (mount.removeprefix("auth/"), f"{mount}/login")


def test_a_login_may_be_renewed_up_to_the_maximum(vault, mount, role):
    role_id = role(token_ttl="20m", token_max_ttl="30m")
    made = secret_id(vault, mount)
    token = auth_of(login(vault, mount, role_id=role_id, secret_id=made["secret_id"]))["client_token"]
    subject = vault.anew({"X-Vault-Token": token})
    assert 1790 <= auth_of(subject.post("auth/token/renew-self", {"increment": "5h"}))["lease_duration"] <= 1800


def test_a_secret_id_of_one_use_is_used_up(vault, mount, role):
    role_id = role(secret_id_num_uses=1)
    made = secret_id(vault, mount)
    assert made["secret_id_num_uses"] == 1
    assert login(vault, mount, role_id=role_id, secret_id=made["secret_id"]).status_code == 200
    assert refused(login(vault, mount, role_id=role_id, secret_id=made["secret_id"]), 500, "invalid secret id")


def test_a_secret_id_whose_time_is_over_is_good_until_it_is_tidied_away(vault, mount, role):
    role_id = role(secret_id_ttl="1s")
    made = secret_id(vault, mount)
    time.sleep(1.3)
    assert login(vault, mount, role_id=role_id, secret_id=made["secret_id"]).status_code == 200
    assert vault.post(f"{mount}/tidy/secret-id", {}).status_code == 202
    deadline = time.monotonic() + 10
    while login(vault, mount, role_id=role_id, secret_id=made["secret_id"]).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_role_may_do_without_secret_ids(vault, mount, role):
    role_id = role(bind_secret_id=False, secret_id_bound_cidrs=["127.0.0.1/32"])
    assert login(vault, mount, role_id=role_id).status_code == 200


def test_a_role_id_and_a_secret_id_can_be_chosen(vault, mount, role):
    role()
    vault.post(f"{mount}/role/app/role-id", {"role_id": "fixed"})
    chosen = data_of(vault.post(f"{mount}/role/app/custom-secret-id", {"secret_id": "mine"}))
    assert chosen["secret_id"] == "mine"
    assert login(vault, mount, role_id="fixed", secret_id="mine").status_code == 200


def test_secret_ids_are_listed_and_destroyed_by_their_accessor(vault, mount, role):
    role_id = role()
    made = secret_id(vault, mount)
    assert data_of(vault.list(f"{mount}/role/app/secret-id"))["keys"] == [made["secret_id_accessor"]]
    body = {"secret_id_accessor": made["secret_id_accessor"]}
    assert data_of(vault.post(f"{mount}/role/app/secret-id-accessor/lookup", body))["metadata"] == {}
    assert vault.post(f"{mount}/role/app/secret-id-accessor/destroy", body).status_code == 204
    assert login(vault, mount, role_id=role_id, secret_id=made["secret_id"]).status_code == 500


def test_a_deleted_role_lets_nobody_in(vault, mount, role):
    role_id = role()
    made = secret_id(vault, mount)
    assert vault.delete(f"{mount}/role/app").status_code == 204
    assert vault.delete(f"{mount}/role/app").status_code == 204
    assert refused(login(vault, mount, role_id=role_id, secret_id=made["secret_id"]), 400, "invalid role ID")


def test_a_login_without_a_role_id_is_refused(vault, mount, role):
    role()
    assert refused(login(vault, mount), 500, "failed to determine alias name from login request")


def test_a_role_id_that_nobody_has_is_refused(vault, mount, role):
    role()
    assert refused(login(vault, mount, role_id="nobody", secret_id="x"), 400, "invalid role ID")


def test_a_login_without_a_secret_id_is_refused(vault, mount, role):
    assert refused(login(vault, mount, role_id=role()), 400, "missing secret_id")


def test_a_wrong_secret_id_is_refused(vault, mount, role):
    assert refused(login(vault, mount, role_id=role(), secret_id="wrong"), 500, "invalid secret id")


def test_a_role_that_is_not_there_is_a_404(vault, mount):
    assert vault.get(f"{mount}/role/none").json() == NOTHING
    assert refused(vault.post(f"{mount}/role/none/secret-id", {}), 404, 'role "none" does not exist')


def test_lifetimes_that_contradict_each_other_are_refused(vault, mount):
    answer = vault.post(f"{mount}/role/app", {"token_ttl": "2h", "token_max_ttl": "1h"})
    assert answer.status_code == 400
