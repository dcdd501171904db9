"""Two clusters: stand-ins always, real ones with their controllers beside them where PAAS_REAL=1."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.integration.migration.world import Cluster, World

KINDS = [pytest.param("stand-in")]
if os.environ.get("PAAS_REAL") == "1":
    KINDS.append(pytest.param("real", marks=pytest.mark.real))


@pytest.fixture(scope="session", params=KINDS)
def clusters(request, tmp_path_factory) -> Iterator[tuple[Cluster, Cluster]]:
    """paasA and paasB."""
    directory = tmp_path_factory.mktemp("migration")
    if request.param == "real":
        from lab.servers import audit_log, launch_kube, stop

        servers, endpoints = launch_kube(["paasA", "paasB"], directory=directory, audit=True)
        yield tuple(
            Cluster(endpoints[name], real=True, audit=audit_log(directory, name)) for name in ("paasA", "paasB")
        )
        stop(servers)
    else:
        from lab.standins.kube import launch

        launched = [launch(name, directory=directory / name) for name in ("paasA", "paasB")]
        yield tuple(Cluster(endpoint, real=False) for _, endpoint in launched)
        for server, _ in launched:
            server.stop()


@pytest.fixture
def world(clusters, tmp_path) -> Iterator[World]:
    """A migration from paasA to paasB, whose reports are this test's own."""
    source, destination = clusters
    yield World(source, destination, tmp_path)
    if not destination.real:
        for cluster in clusters:
            cluster.lab("faults", method="DELETE")
