import itertools

import pytest

import lab.aws
from tests.integration.traffic.world import Region, World

NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    servers, endpoint = lab.aws.launch(directory=tmp_path_factory.mktemp("aws"))
    yield endpoint
    for server in reversed(servers):
        server.stop()


@pytest.fixture(scope="session")
def region(endpoint):
    return Region(endpoint)


@pytest.fixture
def make(region):
    """Makes environments; whatever the lab's AWS was told to do wrong is forgotten afterwards."""
    made = []

    def make(**how):
        made.append(World(region, f"e{next(NAMES)}", **how))
        return made[-1]

    yield make
    for world in made:
        world.close()
    lab.aws.control(region.endpoint, "POST", "reset", {})
