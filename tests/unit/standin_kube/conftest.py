import pytest

from lab.standins.kube.server import KubeStandIn
from tests.contract.kube.subject import Kube
from tests.contract.subjects import STAND_IN


@pytest.fixture
def start(tmp_path):
    """Start a stand-in in this process."""
    servers = []

    def call(**settings):
        server = KubeStandIn("unit", directory=tmp_path, token="unit", **settings)
        server.start()
        servers.append(server)
        return Kube(STAND_IN, server.url, "unit", str(server.ca_file), server.cluster.store.compact)

    yield call
    for server in servers:
        server.stop()


@pytest.fixture
def kube(start):
    """A stand-in of 1.36."""
    return start()


@pytest.fixture
def old(start):
    """A stand-in of 1.7."""
    return start(version="1.7")
