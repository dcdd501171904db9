import pytest

from paas.errors import ConfigError, Forbidden, ServerError
from paas.settings import VaultAuth

POLICY = 'path "secret/data/unit/*" { capabilities = ["create", "read", "update"] }'


@pytest.fixture(scope="module")
def role(root):
    """An AppRole that may read and write below secret/unit/."""
    root.sys.create_or_update_policy("unit", POLICY)
    if "approle/" not in root.sys.list_auth_methods()["data"]:
        root.sys.enable_auth_method("approle")
    root.auth.approle.create_or_update_approle("unit", token_policies=["unit"], token_ttl="10m")
    role_id = root.auth.approle.read_role_id("unit")["data"]["role_id"]
    secret_id = root.auth.approle.generate_secret_id("unit")["data"]["secret_id"]
    return role_id, secret_id


def test_an_approle_signs_in_with_its_secret_id(connect, role):
    role_id, secret_id = role
    auth = VaultAuth(method="approle", role_id=role_id, secret_id="datastore:secret_id")
    secrets = connect(auth=auth, secrets={"secret_id": secret_id})
    secrets.write("secret/unit/approle", {"a": "1"}, replaces=None)
    assert secrets.read("secret/unit/approle").data == {"a": "1"}


def test_a_policy_that_does_not_reach_is_forbidden_and_names_its_setting(connect, role):
    role_id, secret_id = role
    auth = VaultAuth(method="approle", role_id=role_id, secret_id="datastore:secret_id")
    with pytest.raises(Forbidden, match=r"secret/other.*vault\.unit\.auth"):
        connect(auth=auth, secrets={"secret_id": secret_id}).read("secret/other")


def test_a_wrong_secret_id_is_said_without_it(connect, role):
    auth = VaultAuth(method="approle", role_id=role[0], secret_id="datastore:secret_id")
    with pytest.raises(ServerError, match="sign in to") as refused:
        connect(auth=auth, secrets={"secret_id": "planted-value"}).read("secret/unit/a")
    assert "planted" not in str(refused.value)


def test_a_reference_that_names_nothing_is_a_config_error(connect):
    with pytest.raises(ConfigError, match=r"vault\.unit\.auth\.token"):
        connect(auth=VaultAuth(token="datastore:absent")).read("secret/a")


def test_a_method_without_what_it_needs_is_a_config_error(connect):
    with pytest.raises(ConfigError, match=r"vault\.unit\.auth\.role_id"):
        connect(auth=VaultAuth(method="approle"))
