"""The worlds of tests/integration/traffic, and operators whose processes die."""

import pytest

from tests.faults.traffic.operator import Operators
from tests.integration.traffic.conftest import endpoint, make

__all__ = ["endpoint", "make"]  # pytest finds fixtures by name


@pytest.fixture(scope="session")
def operators(endpoint):  # noqa: F811 - a fixture asks for another by its name
    operators = Operators(endpoint)
    yield operators
    operators.stop()
