import hvac
import pytest

import lab.standins.vault
from lab.servers import launch_vault
from paas import vault
from paas.references import References
from paas.settings import VaultAuth, VaultSettings
from tests.contract.subjects import KINDS, REAL


@pytest.fixture(scope="session", params=KINDS)
def endpoint(request, tmp_path_factory):
    """A Vault with KV version 2 at secret/ and version 1 at kv1/."""
    launch = launch_vault if request.param == REAL else lab.standins.vault.launch
    server, endpoint = launch("unit", directory=tmp_path_factory.mktemp("vault"))
    yield endpoint
    server.stop()


@pytest.fixture(scope="session")
def root(endpoint):
    """Vault as an administrator sees it."""
    return hvac.Client(url=endpoint.url, token=endpoint.token)


@pytest.fixture
def connect(endpoint, monkeypatch):
    monkeypatch.delenv("VAULT_TOKEN", raising=False)

    def connect(secrets=None, auth=None, **settings):
        given = {"name": "unit", "address": endpoint.url, "auth": auth or VaultAuth(token="datastore:token")}
        known = {"token": endpoint.token, "wrong": "planted-token", **(secrets or {})}
        return vault.connect(VaultSettings(**{**given, **settings}), References(known.get))

    return connect


@pytest.fixture
def secrets(connect):
    return connect()


@pytest.fixture(params=["secret", "kv1"], ids=["version-2", "version-1"])
def path(request):
    """A path of the test's own, in each version of the KV engine."""
    return f"{request.param}/unit/{request.node.originalname}/rds"


@pytest.fixture
def path2(request):
    """A path of the test's own in a KV engine of version 2."""
    return f"secret/unit/{request.node.originalname}/rds"
