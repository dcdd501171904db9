import time

import pytest

from tests.contract.vault.wire import NO_TOKEN, auth_of, data_of, refused

READS = 'path "secret/data/x" { capabilities = ["read"] }'
CREATES = 'path "auth/token/create" { capabilities = ["update"] }'


def created(vault, **wanted):
    return auth_of(vault.post("auth/token/create", wanted))


def seen_by(vault, auth):
    return vault.anew({"X-Vault-Token": auth["client_token"]})


def test_a_token_has_its_policies_and_default(vault):
    auth = created(vault, policies=["x", "A"], ttl="1h")
    assert auth["policies"] == auth["token_policies"] == ["a", "default", "x"]
    assert (auth["lease_duration"], auth["renewable"], auth["token_type"]) == (3600, True, "service")
    assert (auth["orphan"], auth["num_uses"], auth["entity_id"]) == (False, 0, "")


def test_a_token_may_go_without_default(vault):
    assert created(vault, policies=["x"], no_default_policy=True)["policies"] == ["x"]


def test_a_token_lives_768_hours_at_most(vault):
    assert created(vault, policies=["x"])["lease_duration"] == 2764800
    answer = vault.post("auth/token/create", {"policies": ["x"], "ttl": "9000h"}).json()
    assert answer["auth"]["lease_duration"] == 2764800
    words = 'TTL of "9000h" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly'
    assert answer["warnings"] == [words, 'Policy "x" does not exist']


def test_a_token_looks_itself_up(vault):
    auth = created(vault, policies=["x"], ttl="1h", display_name="team", meta={"a": "b"})
    read = data_of(seen_by(vault, auth).get("auth/token/lookup-self"))
    assert (read["id"], read["accessor"]) == (auth["client_token"], auth["accessor"])
    assert (read["display_name"], read["meta"], read["path"]) == ("token-team", {"a": "b"}, "auth/token/create")
    assert (read["creation_ttl"], read["explicit_max_ttl"], read["orphan"]) == (3600, 0, False)
    assert 3590 < read["ttl"] <= 3600
    assert read["policies"] == ["default", "x"]
    assert read["expire_time"] > read["issue_time"]


def test_root_never_runs_out(vault):
    read = data_of(vault.get("auth/token/lookup-self"))
    assert (read["expire_time"], read["ttl"], read["policies"]) == (None, 0, ["root"])
    assert "renewable" not in read
    assert refused(vault.post("auth/token/renew-self", {}), 400, "invalid lease ID")


def test_an_accessor_stands_for_a_token_and_does_not_give_it(vault):
    auth = created(vault, policies=["x"])
    read = data_of(vault.post("auth/token/lookup-accessor", {"accessor": auth["accessor"]}))
    assert (read["accessor"], read["id"]) == (auth["accessor"], "")


def test_a_token_is_revoked_by_its_accessor(vault):
    auth = created(vault, policies=["x"])
    assert vault.post("auth/token/revoke-accessor", {"accessor": auth["accessor"]}).status_code == 204
    answer = seen_by(vault, auth).get("auth/token/lookup-self")
    assert (answer.status_code, answer.json()) == (403, NO_TOKEN)
    assert refused(vault.post("auth/token/lookup", {"token": auth["client_token"]}), 403, "bad token")


def test_revoking_what_is_gone_is_done(vault):
    assert vault.post("auth/token/revoke", {"token": "nobody"}).status_code == 204
    answer = vault.post("auth/token/revoke-accessor", {"accessor": "nobody"})
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["No token found with this accessor"])


def test_a_token_revokes_itself(vault):
    subject = seen_by(vault, created(vault, policies=["x"]))
    assert subject.post("auth/token/revoke-self", {}).status_code == 204
    assert subject.get("auth/token/lookup-self").status_code == 403


def test_children_go_with_their_parent(vault, as_token):
    parent = as_token(CREATES)
    child = seen_by(vault, auth_of(parent.post("auth/token/create", {"policies": ["default"]})))
    assert child.get("auth/token/lookup-self").status_code == 200
    vault.post("auth/token/revoke-accessor", {"accessor": parent.accessor})
    assert child.get("auth/token/lookup-self").status_code == 403


def test_an_orphan_outlives_who_made_it(vault, as_token):
    parent = as_token('path "auth/token/create-orphan" { capabilities = ["update", "sudo"] }')
    orphan = seen_by(vault, auth_of(parent.post("auth/token/create-orphan", {"policies": ["default"]})))
    vault.post("auth/token/revoke-accessor", {"accessor": parent.accessor})
    assert data_of(orphan.get("auth/token/lookup-self"))["orphan"] is True


def test_a_token_whose_time_is_over_is_worth_nothing(vault):
    subject = seen_by(vault, created(vault, policies=["x"], ttl="1s"))
    assert subject.get("auth/token/lookup-self").status_code == 200
    time.sleep(1.3)
    answer = subject.get("auth/token/lookup-self")
    assert (answer.status_code, answer.json()) == (403, NO_TOKEN)


def test_a_renewal_starts_the_time_again(vault):
    subject = seen_by(vault, created(vault, policies=["x"], ttl="1h"))
    auth = auth_of(subject.post("auth/token/renew-self", {"increment": "2h"}))
    assert (auth["lease_duration"], auth["renewable"]) == (7200, True)
    assert "last_renewal_time" in data_of(subject.get("auth/token/lookup-self"))


def test_a_renewal_does_not_pass_the_explicit_maximum(vault):
    subject = seen_by(vault, created(vault, policies=["x"], ttl="1h", explicit_max_ttl="90m"))
    assert 5390 <= auth_of(subject.post("auth/token/renew-self", {"increment": "5h"}))["lease_duration"] <= 5400


def test_what_is_not_renewable_is_refused(vault):
    subject = seen_by(vault, created(vault, policies=["x"], ttl="1h", renewable=False))
    assert refused(subject.post("auth/token/renew-self", {}), 400, "lease is not renewable")


def test_a_periodic_token_renews_to_its_period(vault):
    subject = seen_by(vault, created(vault, policies=["x"], period="1h"))
    assert data_of(subject.get("auth/token/lookup-self"))["period"] == 3600
    assert auth_of(subject.post("auth/token/renew-self", {"increment": "9h"}))["lease_duration"] == 3600


def test_a_token_of_two_uses_is_used_up_by_two(vault):
    subject = seen_by(vault, created(vault, policies=["x"], num_uses=2))
    statuses = [subject.get("auth/token/lookup-self").status_code for _ in range(3)]
    assert statuses == [200, 200, 403]


def test_a_denied_request_is_a_use_too(vault):
    subject = seen_by(vault, created(vault, policies=["x"], num_uses=1))
    assert subject.get("secret/data/anything").status_code == 403
    assert subject.get("auth/token/lookup-self").json() == NO_TOKEN


def test_a_child_gets_no_more_than_its_parent_has(vault, as_token):
    parent = as_token(CREATES)
    words = "child policies must be subset of parent"
    assert refused(parent.post("auth/token/create", {"policies": ["other"]}), 400, words)
    assert refused(parent.post("auth/token/create", {"policies": ["root"]}), 400, words)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"id": "mine"}, "root or sudo privileges required to specify token id"),
        ({"period": "1h"}, "root or sudo privileges required to create periodic token"),
        ({"no_parent": True}, "root or sudo privileges required to create orphan token"),
    ],
)
def test_some_wishes_are_for_root_alone(vault, as_token, wanted, words):
    assert refused(as_token(CREATES).post("auth/token/create", wanted), 400, words)


def test_root_may_choose_an_id_once(vault, name):
    assert created(vault, id=name, policies=["x"])["client_token"] == name
    answer = vault.post("auth/token/create", {"id": name, "policies": ["x"]})
    assert refused(answer, 400, "cannot create a token with a duplicate ID")


def test_a_role_makes_tokens_of_its_kind(vault, name):
    role = {"allowed_policies": f"{name},other", "token_period": "1h", "orphan": True}
    assert vault.post(f"auth/token/roles/{name}", role).status_code == 204
    auth = auth_of(vault.post(f"auth/token/create/{name}", {"policies": [name]}))
    assert (auth["policies"], auth["orphan"], auth["lease_duration"]) == (sorted(["default", name]), True, 3600)
    read = data_of(seen_by(vault, auth).get("auth/token/lookup-self"))
    assert (read["role"], read["path"]) == (name, f"auth/token/create/{name}")
    assert "period" not in read


def test_a_role_without_wishes_gives_all_it_allows(vault, name):
    vault.post(f"auth/token/roles/{name}", {"allowed_policies": [name]})
    assert auth_of(vault.post(f"auth/token/create/{name}", {}))["policies"] == sorted(["default", name])


def test_a_role_allows_no_more_than_it_says(vault, name):
    vault.post(f"auth/token/roles/{name}", {"allowed_policies": [name]})
    answer = vault.post(f"auth/token/create/{name}", {"policies": ["zz"]})
    words = f'token policies (["default" "zz"]) must be subset of the role\'s allowed policies (["{name}" "default"])'
    shown = words if name < "default" else words.replace(f'"{name}" "default"', f'"default" "{name}"')
    assert refused(answer, 400, f"{shown} or glob policies ([])")


def test_a_role_lets_a_token_make_others_than_itself(vault, as_token, name):
    vault.post(f"auth/token/roles/{name}", {"allowed_policies": ["far"], "orphan": True})
    maker = as_token(f'path "auth/token/create/{name}" {{ capabilities = ["update"] }}')
    assert auth_of(maker.post(f"auth/token/create/{name}", {"policies": ["far"]}))["policies"] == ["default", "far"]


def test_roles_are_read_listed_and_deleted(vault, name):
    vault.post(f"auth/token/roles/{name}", {"allowed_policies": [name], "token_explicit_max_ttl": "5m"})
    read = data_of(vault.get(f"auth/token/roles/{name}"))
    assert (read["allowed_policies"], read["token_explicit_max_ttl"], read["orphan"]) == ([name], 300, False)
    assert name in data_of(vault.list("auth/token/roles"))["keys"]
    assert vault.delete(f"auth/token/roles/{name}").status_code == 204
    assert vault.get(f"auth/token/roles/{name}").status_code == 404
    assert refused(vault.post(f"auth/token/create/{name}", {}), 400, f"unknown role {name}")
