"""The clusters of the integration tests: real ones where there are some, for a kill takes its time; else stand-ins."""

from __future__ import annotations

import pytest

from tests.integration.migration.conftest import KINDS, faulty, real, real_clusters, stand_ins, world

__all__ = ["faulty", "real", "real_clusters", "stand_ins", "world"]


@pytest.fixture(scope="session", params=KINDS[-1:])
def clusters(request):
    """paasA and paasB."""
    return request.getfixturevalue(request.param)
