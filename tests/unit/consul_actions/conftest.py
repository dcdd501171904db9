import pytest

import lab.stackstorm.lent

lab.stackstorm.lent.lend()

from tests.contract.subjects import STAND_IN  # noqa: E402
from tests.integration.consul_sync.two import running, two  # noqa: E402
from tests.unit.consul_actions.cases import pack  # noqa: E402

__all__ = ["pack", "two"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    with running(STAND_IN, tmp_path_factory.mktemp("two")) as sides:
        yield sides
