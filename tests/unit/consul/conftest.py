import pytest

import lab.standins.consul
from lab.servers import launch_consul
from paas import consul
from paas.references import References
from paas.settings import ConsulSettings
from tests.contract.subjects import KINDS, REAL


@pytest.fixture(scope="session", params=KINDS)
def endpoint(request, tmp_path_factory):
    """A Consul that enforces ACLs, so a token that is not sent shows."""
    launch = launch_consul if request.param == REAL else lab.standins.consul.launch
    server, endpoint = launch("unit", directory=tmp_path_factory.mktemp("consul"), acl=True)
    yield endpoint
    server.stop()


@pytest.fixture
def connect(endpoint, monkeypatch):
    monkeypatch.delenv("CONSUL_HTTP_TOKEN", raising=False)

    def connect(**settings):
        given = {"name": "unit", "address": endpoint.url, "token": "datastore:token", **settings}
        return consul.connect(ConsulSettings(**given), References({"token": endpoint.token, "wrong": "planted"}.get))

    return connect


@pytest.fixture
def keys(connect):
    return connect()


@pytest.fixture
def folder(request):
    """A folder of the test's own."""
    return f"unit/{request.node.originalname}"
