"""The clusters are those of the integration tests."""

from tests.integration.migration.conftest import clusters, faulty, real, real_clusters, stand_ins, world

__all__ = ["clusters", "faulty", "real", "real_clusters", "stand_ins", "world"]
