import pytest

import lab.standins.consul
from paas import consul
from paas.references import References
from paas.settings import ConsulSettings


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    """A Consul stand-in that enforces ACLs, so a token that is not sent shows."""
    server, endpoint = lab.standins.consul.launch("unit", directory=tmp_path_factory.mktemp("consul"), acl=True)
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
    return f"unit/{request.node.name}"
