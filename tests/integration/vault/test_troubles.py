"""A Vault that is sealed, standby, away, or says no: a clear sentence each, nothing half written."""

import time

import pytest

from lab.faults import Fault, HttpFaultProxy
from paas.errors import Forbidden
from paas.settings import VaultAuth
from tests.contract.subjects import KINDS, STAND_IN
from tests.integration.vault.two import NUMBERS, Pack, launch

ALLOWED = 'path "secret/data/*" { capabilities = ["create", "read", "update"] }'


@pytest.fixture(params=KINDS)
def own(request, tmp_path, caplog):
    """Vaults for one test alone: two key shares open each."""
    servers, endpoints = [], {}
    options = {} if request.param == STAND_IN else {"storage": "file"}
    try:
        for name in ("paasA", "paasB"):
            server, endpoints[name] = launch(request.param, name, tmp_path / "vaults", shares=3, threshold=2, **options)
            servers.append(server)
        pack = Pack(endpoints, f"own-{next(NUMBERS)}", caplog, tmp_path)
        pack.server = servers[0]
        yield pack
    finally:
        for server in servers:
            server.stop()


def write(pack, vault="paasA"):
    return {"vault": vault, "path": pack.path(), "values": {"a": pack.plant()}}


def test_a_sealed_vault_says_so_and_how_far_it_is(own):
    own.roots["paasA"].sys.seal()
    assert "sealed" in own.refused("vault_write", **write(own))
    assert "unseal it" in own.refused("vault_write", **write(own))
    status = own.done("vault_status", vault="paasA")
    assert (status["state"], status["unseal"]) == ("sealed", {"threshold": 2, "shares": 3, "progress": 0})
    for key in own.endpoints["paasA"].unseal_keys[:2]:
        own.roots["paasA"].sys.submit_unseal_key(key)
    assert own.done("vault_status", vault="paasA")["state"] == "active"
    assert own.done("vault_write", **write(own))["written"] is True


def test_a_vault_that_seals_in_the_middle_of_a_copy_leaves_whole_secrets(own):
    for name in ("one", "two"):
        own.connect().write(own.path(name), {"a": "1", "b": "2"}, replaces=None)
    own.roots["paasB"].sys.seal()
    result = own.done("vault_copy", source="paasA", destination="paasB", path=f"secret/{own.folder}/")
    assert result["failed"]["count"] == 2
    assert "sealed" in result["messages"][own.path("one")]
    for key in own.endpoints["paasB"].unseal_keys[:2]:
        own.roots["paasB"].sys.submit_unseal_key(key)
    result = own.done("vault_copy", source="paasA", destination="paasB", path=f"secret/{own.folder}/")
    assert result["created"]["count"] == 2


@pytest.fixture
def behind(pack, tmp_path):
    """The pack's Vault paasA behind a proxy."""
    proxy = HttpFaultProxy(pack.endpoints["paasA"].url, directory=tmp_path).start()
    pack.config["vault"]["paasA"]["address"] = proxy.url
    pack.config["vault"]["paasA"]["timeout"] = 3
    yield proxy
    proxy.stop()


def test_a_standby_that_knows_no_active_one_says_so(pack, behind):
    words = "local node not active but active cluster node not found"
    behind.add(Fault(path="/v1/secret/", times=-1, status=500, body={"errors": [words]}))
    assert words in pack.refused("vault_write", **write(pack))
    behind.heal()
    behind.add(
        Fault(
            path="/v1/sys/leader",
            times=-1,
            status=200,
            body={"ha_enabled": True, "is_self": False, "leader_address": "https://active.example.com:8200"},
        )
    )
    status = pack.done("vault_status", vault="paasA")
    assert status["state"] == "standby"
    assert "https://active.example.com:8200" in status["message"]


@pytest.mark.parametrize("number", range(3))
def test_an_answer_that_got_lost_is_made_up_for(pack, behind, number):
    """The n-th request goes through and its answer does not come back; saying it again is enough."""
    behind.add(Fault(path="/v1/secret/", times=1, skip=number, reset_after=True))
    succeeded, result = pack.run("vault_write", **write(pack))
    if not succeeded:
        assert "vault.paasA.address" in result["message"]
    behind.heal()
    result = pack.done("vault_write", **write(pack))
    assert result["version"] == 1


def test_nobody_listening_names_the_setting(pack):
    pack.config["vault"]["paasA"]["address"] = "http://127.0.0.1:1"
    assert "vault.paasA.address" in pack.refused("vault_write", **write(pack))
    assert "vault.paasA.address" in pack.refused("vault_status", vault="paasA")


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_authority_names_the_setting(kind, tmp_path, caplog):
    server, endpoint = launch(kind, "paasA", tmp_path / "vaults", tls=True)
    try:
        pack = Pack({"paasA": endpoint}, f"tls-{next(NUMBERS)}", caplog, tmp_path)
        assert "vault.paasA.ca_file" in pack.refused("vault_write", **write(pack))
        pack.config["vault"]["paasA"]["ca_file"] = str(tmp_path / "vaults" / "vault-paasA" / "ca.crt")
        assert pack.done("vault_write", **write(pack))["written"] is True
    finally:
        server.stop()


def test_a_denied_path_names_the_path_and_the_profile(pack):
    pack.service.set_value("token.paasA", pack.token(ALLOWED), local=False)
    given = {"vault": "paasA", "path": f"kv1/{pack.folder}/x", "values": {"a": pack.plant()}}
    refused = pack.refused("vault_write", **given)
    assert f"kv1/{pack.folder}/x" in refused
    assert "vault.paasA.auth" in refused
    assert "expired" not in refused


def test_an_expired_token_is_told_from_a_denied_path(pack):
    token = pack.token(ALLOWED, ttl="1s")
    pack.service.set_value("token.paasA", token, local=False)
    assert pack.done("vault_status", vault="paasA")["token"]["ttl_seconds"] <= 1
    time.sleep(1.5)
    refused = pack.refused("vault_write", **write(pack))
    assert "the token has expired, or was revoked" in refused
    assert "vault.paasA.auth.token" in refused
    status = pack.done("vault_status", vault="paasA")
    assert (status["state"], status["token"]["valid"]) == ("active", False)


@pytest.fixture
def role(pack):
    """An AppRole whose tokens live two seconds, four at most."""
    root = pack.roots["paasA"]
    root.sys.create_or_update_policy("short", ALLOWED)
    if "approle/" not in root.sys.list_auth_methods()["data"]:
        root.sys.enable_auth_method("approle")
    root.auth.approle.create_or_update_approle("short", token_policies=["short"], token_ttl="2s", token_max_ttl="4s")
    role_id = root.auth.approle.read_role_id("short")["data"]["role_id"]
    pack.service.set_value("secret_id", root.auth.approle.generate_secret_id("short")["data"]["secret_id"], local=False)
    return {"method": "approle", "role_id": role_id, "secret_id": "datastore:secret_id"}


def test_an_approle_outlives_its_tokens(pack, role):
    """Renewed while that goes, signed in anew when it does not any more."""
    from paas import vault
    from paas.references import References
    from paas.settings import VaultSettings

    settings = VaultSettings(name="paasA", address=pack.endpoints["paasA"].url, auth=VaultAuth(**role))
    references = References(lambda name: pack.service.get_value(name, local=False))
    connected = vault.connect(settings, references)
    begun, reads = time.monotonic(), 0
    while time.monotonic() - begun < 6:
        connected.read(pack.path())
        reads += 1
        time.sleep(0.7)
    assert reads > 5


def test_a_token_of_an_approle_that_was_revoked_is_replaced(pack, role):
    from paas import vault
    from paas.references import References
    from paas.settings import VaultSettings

    settings = VaultSettings(name="paasA", address=pack.endpoints["paasA"].url, auth=VaultAuth(**role))
    connected = vault.connect(settings, References(lambda name: pack.service.get_value(name, local=False)))
    connected.read(pack.path())
    pack.roots["paasA"].auth.token.revoke(connected._client.token)
    assert connected.read(pack.path()) is None


def test_a_revoked_token_that_was_given_stays_an_error(pack):
    token = pack.token(ALLOWED)
    connected = pack.connect(token=token)
    connected.read(pack.path())
    pack.roots["paasA"].auth.token.revoke(token)
    with pytest.raises(Forbidden, match="expired, or was revoked"):
        connected.read(pack.path())
