"""Two clusters: stand-ins always, real ones with their controllers beside them where PAAS_REAL=1."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.integration.migration.world import Cluster, World

KINDS = [pytest.param("stand_ins", id="stand-in")]
if os.environ.get("PAAS_REAL") == "1":
    KINDS.append(pytest.param("real_clusters", id="real", marks=pytest.mark.real))

Pair = tuple[Cluster, Cluster]


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory) -> Iterator[Pair]:
    """paasA and paasB as stand-ins."""
    from lab.standins.kube import launch

    directory = tmp_path_factory.mktemp("stand-ins")
    launched = [launch(name, directory=directory / name) for name in ("paasA", "paasB")]
    source, destination = (Cluster(endpoint, real=False) for _, endpoint in launched)
    yield source, destination
    for server, _ in launched:
        server.stop()


@pytest.fixture(scope="session")
def real_clusters(tmp_path_factory) -> Iterator[Pair]:
    """paasA and paasB as real clusters with controllers, a scheduler and nodes."""
    from lab.servers import audit_log, launch_kube, stop

    directory = tmp_path_factory.mktemp("real")
    servers, endpoints = launch_kube(["paasA", "paasB"], directory=directory, audit=True)
    source, destination = (
        Cluster(endpoints[name], real=True, audit=audit_log(directory, name)) for name in ("paasA", "paasB")
    )
    yield source, destination
    stop(servers)


@pytest.fixture(scope="session", params=KINDS)
def clusters(request) -> Pair:
    """paasA and paasB, of either sort."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def world(clusters, tmp_path) -> World:
    """A migration from paasA to paasB, whose reports are this test's own."""
    return World(*clusters, tmp_path)


@pytest.fixture
def faulty(stand_ins, tmp_path) -> Iterator[World]:
    """As `world`, on servers that can be told to fail."""
    yield World(*stand_ins, tmp_path)
    for cluster in stand_ins:
        cluster.lab("faults", method="DELETE")


@pytest.fixture
def real(real_clusters, tmp_path) -> World:
    """As `world`, on real servers alone."""
    return World(*real_clusters, tmp_path)
