import pytest

from tests.unit.traffic.scenes import Scene


@pytest.fixture(params=["classic", "target_group", "weighted"])
def kind(request):
    """Each kind of load balancer."""
    return request.param


@pytest.fixture
def scene(kind):
    """paasA live, paasB staged behind pre-live; live has never been short at the end."""
    scene = Scene(kind)
    yield scene
    assert scene.shortages == []
