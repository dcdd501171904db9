import contextlib
from functools import partial

import pytest

from lab.standins import kube as stand_in
from lab.standins.kube.server import KubeStandIn
from tests.contract.kube.subject import DEFINITIONS, Custom, Kube, define, definition, unique
from tests.contract.subjects import KINDS, STAND_IN

# This kind is read past the watch cache on the real server, so that what etcd has forgotten is gone at once.
UNCACHED = "podtemplates"


@contextlib.contextmanager
def started(kind, directory):
    """One server of either kind."""
    if kind == STAND_IN:
        server, endpoint = stand_in.launch("contract", directory=directory)
        servers = [server]
        subject = Kube(kind, endpoint.url, endpoint.token, endpoint.ca_file, lambda: None)
        subject.compact = partial(subject.post, "/__lab__/compact", {})
    else:
        from lab.servers import compact, launch_kube

        servers, endpoints = launch_kube(["contract"], directory=directory, watch_cache_sizes={UNCACHED: 0})
        endpoint = endpoints["contract"]
        subject = Kube(kind, endpoint.url, endpoint.token, endpoint.ca_file, partial(compact, directory))
    try:
        yield subject
    finally:
        for server in reversed(servers):
            server.stop()


@pytest.fixture(scope="session", params=KINDS)
def kube(request, tmp_path_factory):
    """An API server with its controllers, for all tests together."""
    with started(request.param, tmp_path_factory.mktemp("kube")) as subject:
        yield subject


@pytest.fixture
def namespace(kube):
    """The path of a namespace of the test's own."""
    name = unique("room")
    assert kube.post("/api/v1/namespaces", {"metadata": {"name": name}}).status == 201
    yield f"/api/v1/namespaces/{name}"
    kube.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def config_maps(namespace):
    """The path of the ConfigMaps in it."""
    return f"{namespace}/configmaps"


@pytest.fixture
def uncached(namespace):
    """The path of a collection that both servers read from their store."""
    return f"{namespace}/{UNCACHED}"


_GROUPS = {}


@pytest.fixture
def custom(kube, namespace):
    """A custom kind, shared, in the test's own namespace."""
    if kube.url not in _GROUPS:
        group = "contract.example.com"
        define(kube, definition(group))
        _GROUPS[kube.url] = group
    group = _GROUPS[kube.url]
    return Custom(group, f"/apis/{group}/v1/namespaces/{namespace.rpartition('/')[2]}/widgets")


@pytest.fixture
def own_definition(kube):
    """The name of an API group whose definitions are removed after the test."""
    group = f"{unique('own')}.example.com"
    yield group
    for name in ("widgets", "gadgets"):
        kube.delete(f"{DEFINITIONS}/{name}.{group}")


@pytest.fixture
def in_process(tmp_path):
    """A stand-in in this process, so that a mistake can be put into it."""
    server = KubeStandIn("mistaken", directory=tmp_path, token="mistaken")
    server.start()
    subject = Kube(STAND_IN, server.url, "mistaken", str(server.ca_file), lambda: server.cluster.store.compact())
    yield subject
    server.stop()
