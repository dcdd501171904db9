import pytest

from paas.errors import Conflict, Forbidden, ServerError, Unavailable

DATA = {"rds_password": "planted-value", "rds_claim": "shop-orders-k3f7q2m4xa"}


def test_what_was_written_is_read(secrets, path):
    secrets.write(path, DATA, replaces=None)
    assert secrets.read(path).data == DATA


def test_a_secret_that_never_was_is_none(secrets, path):
    assert secrets.read(path) is None


def test_a_secret_that_is_there_is_not_created_again(secrets, path):
    secrets.write(path, DATA, replaces=None)
    with pytest.raises(Conflict):
        secrets.write(path, {"rds_password": "other"}, replaces=None)
    assert secrets.read(path).data == DATA


def test_a_secret_is_written_over_what_was_read(secrets, path):
    secrets.write(path, DATA, replaces=None)
    read = secrets.read(path)
    secrets.write(path, {"rds_password": "second"}, replaces=read)
    with pytest.raises(Conflict):
        secrets.write(path, {"rds_password": "third"}, replaces=read)
    assert secrets.read(path).data == {"rds_password": "second"}


def test_a_deleted_version_shows_its_number_and_no_data(secrets, path2, root):
    secrets.write(path2, DATA, replaces=None)
    secrets.describe(path2, {"rds_claim": "c"})
    root.secrets.kv.v2.delete_latest_version_of_secret(path2.removeprefix("secret/"), mount_point="secret")
    found = secrets.read(path2)
    assert (found.version, found.data, dict(found.metadata)) == (1, None, {"rds_claim": "c"})


def test_a_destroyed_version_shows_its_number_and_no_data(secrets, path2, root):
    secrets.write(path2, DATA, replaces=None)
    root.secrets.kv.v2.destroy_secret_versions(path2.removeprefix("secret/"), versions=[1], mount_point="secret")
    found = secrets.read(path2)
    assert (found.version, found.data) == (1, None)


def test_a_deleted_version_is_written_over_and_not_created(secrets, path2, root):
    secrets.write(path2, DATA, replaces=None)
    root.secrets.kv.v2.delete_latest_version_of_secret(path2.removeprefix("secret/"), mount_point="secret")
    with pytest.raises(Conflict):
        secrets.write(path2, DATA, replaces=None)
    assert secrets.write(path2, DATA, replaces=secrets.read(path2)) == 2


def test_what_is_noted_beside_a_secret_is_read_with_it(secrets, path2):
    secrets.write(path2, DATA, replaces=None)
    secrets.describe(path2, {"cluster": "paasA"})
    assert secrets.read(path2).metadata == {"cluster": "paasA"}


def test_version_1_has_no_place_for_a_note(secrets):
    secrets.write("kv1/unit/no-note", DATA, replaces=None)
    secrets.describe("kv1/unit/no-note", {"cluster": "paasA"})
    assert secrets.read("kv1/unit/no-note").metadata == {}


def test_a_stored_secret_does_not_show_its_values(secrets, path):
    secrets.write(path, DATA, replaces=None)
    assert "planted" not in repr(secrets.read(path))


def test_a_mount_that_there_is_none_of_is_said(secrets):
    with pytest.raises(ServerError, match="find the mount of absent/a"):
        secrets.read("absent/a")


def test_a_mount_that_holds_no_secrets_is_said(secrets):
    with pytest.raises(ServerError, match=r"find the mount of sys"):
        secrets.read("sys/a")


def test_a_token_that_is_wrong_is_forbidden_and_not_repeated(connect):
    from paas.settings import VaultAuth

    with pytest.raises(Forbidden, match=r"vault\.unit\.auth") as refused:
        connect(auth=VaultAuth(token="datastore:wrong")).read("secret/a")
    assert "planted" not in str(refused.value)


def test_nobody_listening_is_unavailable_and_says_where_to_look(connect):
    with pytest.raises(Unavailable, match=r"refused.*vault\.unit\.address"):
        connect(address="http://127.0.0.1:1").read("secret/a")


def test_a_certificate_that_is_not_checked_is_said_loudly(connect, caplog):
    connect(verify_tls=False).read("secret/absent")
    assert "vault.unit.verify_tls is false" in caplog.text


def test_the_profiles_token_wins_over_the_environments(connect, monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", "planted-token")
    assert connect().read("secret/absent") is None


def test_no_value_and_no_token_is_logged_even_at_debug(secrets, path, caplog, endpoint):
    with caplog.at_level("DEBUG"):
        secrets.write(path, DATA, replaces=None)
        secrets.read(path)
    assert "planted" not in caplog.text
    assert endpoint.token not in caplog.text
