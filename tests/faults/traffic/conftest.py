"""The worlds of tests/integration/traffic, and operators whose processes die."""

import pytest

from tests.faults.traffic.operator import Operators
from tests.integration.traffic.conftest import endpoint, make, region

__all__ = ["endpoint", "make", "region"]  # pytest finds fixtures by name


@pytest.fixture(scope="session")
def operators(endpoint):
    operators = Operators(endpoint)
    yield operators
    operators.stop()
