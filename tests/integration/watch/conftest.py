"""A cluster to watch: the stand-in always, the real API server beside it where PAAS_REAL=1."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.endpoints import KubeEndpoint
from tests.integration.watch.running import Group, SensorRun, client_of, settings_of

KINDS = [pytest.param("stand-in")]
if os.environ.get("PAAS_REAL") == "1":
    KINDS.append(pytest.param("real", marks=pytest.mark.real))


@pytest.fixture(scope="session", params=KINDS)
def clusters(request, tmp_path_factory) -> Iterator[dict[str, KubeEndpoint]]:
    """paasA and paasB."""
    directory = tmp_path_factory.mktemp("clusters")
    if request.param == "real":
        from lab.servers import launch_kube, stop

        servers, endpoints = launch_kube(["paasA", "paasB"], directory=directory, controllers=False)
        yield endpoints
        stop(servers)
    else:
        from lab.standins.kube import launch

        launched = [launch(name, directory=directory / name) for name in ("paasA", "paasB")]
        yield {endpoint.name: endpoint for _, endpoint in launched}
        for server, _ in launched:
            server.stop()


@pytest.fixture
def endpoint(clusters) -> KubeEndpoint:
    return clusters["paasA"]


@pytest.fixture
def group(endpoint) -> Group:
    """An API group of this test's own, not defined yet."""
    return Group(client_of(endpoint))


@pytest.fixture
def sensor(request, endpoint, tmp_path) -> Iterator[SensorRun]:
    """A sensor, not started; `request.param` is its class where it is not the third-party one."""
    config = {"clusters": {"paasA": settings_of(endpoint)}}
    run = SensorRun(getattr(request, "param", "ThirdPartyResourceSensor"), tmp_path / "sensor", config)
    yield run
    run.kill()


@pytest.fixture
def watching(sensor, group, endpoint) -> SensorRun:
    """The third-party sensor, watching the test's group."""
    sensor.configure({"clusters": {"paasA": settings_of(endpoint)}, "third_party": {"groups": [{"group": group.name}]}})
    return sensor.start()
