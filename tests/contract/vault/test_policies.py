import pytest

from tests.contract.vault.wire import DENIED, NO_TOKEN, NOTHING, data_of, patch, refused, write


def test_a_policy_is_kept_as_it_was_written(vault, name):
    text = 'path "secret/data/t/*" { capabilities = ["read"] } # said so'
    assert vault.put(f"sys/policies/acl/{name}", json={"policy": text}).status_code == 204
    assert data_of(vault.get(f"sys/policies/acl/{name}")) == {"name": name, "policy": text}
    assert data_of(vault.get(f"sys/policy/{name}")) == {"name": name, "rules": text}
    assert name in data_of(vault.list("sys/policies/acl"))["keys"]


def test_a_deleted_policy_is_gone_and_deleting_twice_is_once(vault, name):
    vault.put(f"sys/policies/acl/{name}", json={"policy": 'path "a" { capabilities = ["read"] }'})
    assert vault.delete(f"sys/policies/acl/{name}").status_code == 204
    assert vault.delete(f"sys/policies/acl/{name}").status_code == 204
    answer = vault.get(f"sys/policies/acl/{name}")
    assert (answer.status_code, answer.json()) == (404, NOTHING)


def test_a_policy_may_be_json(vault, path, as_token):
    token = as_token(f'{{"path": {{"secret/data/{path}": {{"capabilities": ["read"]}}}}}}')
    assert token.get(f"secret/data/{path}").json() == NOTHING


def test_root_and_default_stay(vault):
    assert {"default", "root"} <= set(data_of(vault.list("sys/policies/acl"))["keys"])
    assert refused(vault.delete("sys/policies/acl/root"), 400, 'cannot delete "root" policy')
    assert refused(vault.delete("sys/policies/acl/default"), 400, "cannot delete default policy")


@pytest.mark.parametrize(
    "text", ["path {", 'path "a" { capabilities = ["fly"] }', 'path "a/+*" { capabilities = ["read"] }', 'way "a" {}']
)
def test_a_text_that_is_no_policy_is_refused(vault, name, text):
    answer = vault.put(f"sys/policies/acl/{name}", json={"policy": text})
    assert answer.status_code == 400
    assert answer.json()["errors"][0].startswith("failed to parse policy: ")


def test_what_no_rule_allows_is_denied(vault, path, as_token):
    token = as_token(f'path "secret/data/{path}/*" {{ capabilities = ["read", "create"] }}')
    answer = token.get(f"secret/data/{path}-beside")
    assert (answer.status_code, answer.json()) == (403, DENIED)


def test_creating_is_not_updating(vault, path, as_token):
    token = as_token(f'path "secret/data/{path}/*" {{ capabilities = ["create"] }}')
    assert write(token, f"{path}/a", {"k": "1"}).status_code == 200
    assert write(token, f"{path}/a", {"k": "2"}).json() == DENIED
    assert token.get(f"secret/data/{path}/a").json() == DENIED


def test_updating_is_not_creating(vault, path, as_token):
    write(vault, f"{path}/a", {"k": "1"})
    token = as_token(f'path "secret/data/{path}/*" {{ capabilities = ["update"] }}')
    assert write(token, f"{path}/a", {"k": "2"}).status_code == 200
    assert write(token, f"{path}/b", {"k": "2"}).json() == DENIED


def test_creating_is_told_from_updating_in_version_1_too(vault, path, as_token):
    token = as_token(f'path "kv1/{path}/*" {{ capabilities = ["create"] }}')
    assert token.post(f"kv1/{path}/a", {"k": "1"}).status_code == 204
    assert token.post(f"kv1/{path}/a", {"k": "2"}).json() == DENIED


def test_patching_is_a_capability_of_its_own(vault, path, as_token):
    write(vault, f"{path}/a", {"k": "1"})
    token = as_token(f'path "secret/data/{path}/*" {{ capabilities = ["update", "read"] }}')
    assert patch(token, f"secret/data/{path}/a", {"data": {"k": "2"}}).json() == DENIED


def test_a_folder_is_listed_by_its_path_with_or_without_a_slash(vault, path, as_token):
    write(vault, f"{path}/a", {"k": "1"})
    token = as_token(f'path "secret/metadata/{path}" {{ capabilities = ["list"] }}')
    assert data_of(token.list(f"secret/metadata/{path}"))["keys"] == ["a"]
    assert data_of(token.list(f"secret/metadata/{path}/"))["keys"] == ["a"]


@pytest.mark.parametrize(
    ("rule", "allowed", "denied"),
    [
        ("{}/a", "{}/a", "{}/a/b"),
        ("{}/*", "{}/a/b", "{}"),
        ("{}*", "{}-beside", "x/{}"),
        ("{}/+/rds", "{}/shop/rds", "{}/shop/deep/rds"),
        ("{}/+/rds/*", "{}/shop/rds/a/b", "{}/shop/other"),
        ("{}/+", "{}/a", "{}/a/b"),
    ],
)
def test_a_rule_is_about_the_paths_that_it_fits(vault, path, as_token, rule, allowed, denied):
    token = as_token(f'path "secret/data/{rule.format(path)}" {{ capabilities = ["read"] }}')
    assert token.get(f"secret/data/{allowed.format(path)}").status_code == 404
    assert token.get(f"secret/data/{denied.format(path)}").status_code == 403


@pytest.mark.parametrize(
    ("wide", "narrow", "where"),
    [
        ("{}/*", "{}/a/*", "{}/a/b"),
        ("{}/*", "{}/a", "{}/a"),
        ("{}/+/b", "{}/a/b", "{}/a/b"),
        ("{}/*", "{}/+/b", "{}/a/b"),
        ("{}/+/+/c", "{}/+/b/c", "{}/a/b/c"),
        ("{}/+/*", "{}/a/*", "{}/a/b"),
        ("{}/+/b*", "{}/+/b", "{}/a/b"),
    ],
)
def test_the_narrower_rule_decides(vault, path, as_token, wide, narrow, where):
    rules = f"""
        path "secret/data/{wide.format(path)}" {{ capabilities = ["read"] }}
        path "secret/data/{narrow.format(path)}" {{ capabilities = ["update"] }}
    """
    assert as_token(rules).get(f"secret/data/{where.format(path)}").json() == DENIED


def test_deny_is_stronger_than_what_another_policy_allows(vault, path, as_token, name):
    other = f'path "secret/data/{path}" {{ capabilities = ["deny"] }}'
    vault.put(f"sys/policies/acl/{name}-no", json={"policy": other})
    token = as_token(f'path "secret/data/{path}" {{ capabilities = ["read"] }}', policies=[name, f"{name}-no"])
    assert token.get(f"secret/data/{path}").json() == DENIED


def test_policies_of_one_path_add_up(vault, path, as_token, name):
    other = f'path "secret/data/{path}" {{ capabilities = ["create", "update"] }}'
    vault.put(f"sys/policies/acl/{name}-w", json={"policy": other})
    token = as_token(f'path "secret/data/{path}" {{ capabilities = ["read"] }}', policies=[name, f"{name}-w"])
    assert write(token, path, {"k": "v"}).status_code == 200
    assert token.get(f"secret/data/{path}").status_code == 200


def test_a_policy_that_changes_counts_for_tokens_that_have_it(vault, path, as_token, name):
    token = as_token(f'path "secret/data/{path}" {{ capabilities = ["read"] }}')
    vault.put(f"sys/policies/acl/{name}", json={"policy": f'path "secret/data/{path}" {{ capabilities = ["update"] }}'})
    assert token.get(f"secret/data/{path}").json() == DENIED


def test_a_token_knows_its_capabilities(vault, path, as_token):
    token = as_token(f'path "secret/data/{path}/*" {{ capabilities = ["read", "list"] }}')
    answer = token.post("sys/capabilities-self", {"paths": [f"secret/data/{path}/a", "secret/data/other"]})
    assert data_of(answer) == {f"secret/data/{path}/a": ["list", "read"], "secret/data/other": ["deny"]}


def test_without_a_token_everything_is_denied(vault, path):
    answer = vault.get(f"secret/data/{path}", headers={})
    assert (answer.status_code, answer.json()) == (403, NO_TOKEN)


def test_a_token_that_does_not_exist_is_denied_everything(vault, path):
    answer = vault.get(f"secret/data/{path}", headers={"X-Vault-Token": "nobody"})
    assert (answer.status_code, answer.json()) == (403, NO_TOKEN)


def test_a_token_may_come_as_a_bearer(vault, path):
    bearer = {"Authorization": f"Bearer {vault.headers['X-Vault-Token']}"}
    assert vault.get(f"secret/data/{path}", headers=bearer).status_code == 404


def test_auth_methods_are_enabled_with_sudo_alone(vault, as_token, name):
    rules = f'path "sys/auth/{name}" {{ capabilities = ["create", "update"] }}'
    assert as_token(rules).post(f"sys/auth/{name}", {"type": "approle"}).json() == DENIED
