import pytest

from tests.contract.vault.wire import data_of, refused, write


@pytest.mark.parametrize(("path", "mount", "version"), [("secret/a/b", "secret/", "2"), ("kv1", "kv1/", "1")])
def test_anyone_who_may_use_a_mount_can_ask_for_its_version(vault, path, mount, version):
    read = data_of(vault.get(f"sys/internal/ui/mounts/{path}"))
    assert (read["path"], read["type"], read["options"]) == (mount, "kv", {"version": version})


def test_whoever_may_use_nothing_in_a_mount_learns_nothing(vault, as_token):
    token = as_token('path "secret/data/team/*" { capabilities = ["read"] }')
    assert token.get("sys/internal/ui/mounts/secret/team").status_code == 200
    words = "preflight capability check returned 403, please ensure client's policies grant access to path"
    assert refused(token.get("sys/internal/ui/mounts/kv1"), 403, f'{words} "kv1/"')
    assert refused(vault.get("sys/internal/ui/mounts/nope"), 403, f'{words} "nope/"')


def test_the_mounts_are_listed_with_their_versions(vault):
    read = data_of(vault.get("sys/mounts"))
    assert (read["secret/"]["type"], read["secret/"]["options"]) == ("kv", {"version": "2"})
    assert (read["kv1/"]["type"], read["kv1/"]["options"]) == ("kv", {"version": "1"})


def test_a_mount_is_made_used_and_taken_away_with_all_in_it(vault, name):
    assert vault.post(f"sys/mounts/{name}", {"type": "kv", "options": {"version": "1"}}).status_code == 204
    assert vault.post(f"{name}/a", {"k": "v"}).status_code == 204
    assert vault.delete(f"sys/mounts/{name}").status_code == 204
    assert refused(vault.get(f"{name}/a"), 404, f'no handler for route "{name}/a". route entry not found.')
    vault.post(f"sys/mounts/{name}", {"type": "kv", "options": {"version": "1"}})
    assert vault.get(f"{name}/a").status_code == 404


def test_a_path_is_mounted_once(vault):
    assert refused(vault.post("sys/mounts/secret", {"type": "kv"}), 400, "path is already in use at secret/")


def test_taking_away_what_is_not_mounted_is_done(vault, name):
    assert vault.delete(f"sys/mounts/{name}").status_code == 204


def test_an_engine_that_is_not_there_is_refused(vault, name):
    answer = vault.post(f"sys/mounts/{name}", {"type": "nothing"})
    assert refused(answer, 400, "plugin not found in the catalog: nothing")


def test_auth_methods_are_listed_and_enabled_once(vault, name):
    assert vault.post(f"sys/auth/{name}", {"type": "approle"}).status_code == 204
    assert data_of(vault.get("sys/auth"))[f"{name}/"]["type"] == "approle"
    answer = vault.post(f"sys/auth/{name}", {"type": "approle"})
    assert refused(answer, 400, f"path is already in use at {name}/")
    assert vault.delete(f"sys/auth/{name}").status_code == 204
    assert f"{name}/" not in data_of(vault.get("sys/auth"))


def test_a_path_that_nobody_serves_says_so(vault):
    assert refused(vault.get("sys/nope"), 404, "1 error occurred:\n\t* unsupported path\n\n")


def test_a_namespace_is_ignored(vault, path):
    write(vault, path, {"k": "v"})
    headers = {**vault.headers, "X-Vault-Namespace": "team"}
    assert vault.get(f"secret/data/{path}", headers=headers).status_code == 200


def test_a_body_that_is_no_json_is_refused(vault, path):
    assert refused(vault.ask("POST", f"secret/data/{path}", data=b"{"), 400, "error parsing JSON")
    assert refused(vault.ask("POST", f"secret/data/{path}", data=b"[1]"), 400, "error parsing JSON")
