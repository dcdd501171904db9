"""Five thousand mixed objects in fifty namespaces, from one real cluster to another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import migration_objects
from bench.migration_objects import PLANTED, b64
from tests.integration.migration.world import Cluster, World, writes

NAMESPACES = 50
OBJECTS = NAMESPACES * migration_objects.PER_NAMESPACE

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Iterator[World]:
    """A source with every kind that the migration has a rule for, and an empty destination."""
    from lab.servers import audit_log, launch_kube, stop

    directory = tmp_path_factory.mktemp("whole")
    servers, endpoints = launch_kube(["paasA", "paasB"], directory=directory, audit=True)
    source, destination = (
        Cluster(endpoints[name], real=True, audit=audit_log(directory, name)) for name in ("paasA", "paasB")
    )
    migration_objects.create(source.client, migration_objects.mixed(NAMESPACES))
    yield World(source, destination, tmp_path_factory.mktemp("reports"))
    stop(servers)


def test_it_arrives_whole_and_a_second_run_writes_nothing(filled, capfd):
    filled.source.calls()
    filled.destination.calls()

    plan = filled.plan()
    assert not plan["conflicts"] and not plan["failures"], plan
    assert writes(filled.destination.calls()) == 0, "a plan writes nothing, dry runs apart"

    first = filled.migrate(compare=False, include_volumes=True)
    assert first["complete"], first
    assert first["outcomes"]["created"] > OBJECTS
    calls = filled.destination.calls()
    assert sum(calls.values()) / first["outcomes"]["created"] < 1.2, calls

    verified = filled.verify(include_volumes=True)
    assert verified["complete"], verified["differences"]
    assert verified["outcomes"]["identical"] >= first["outcomes"]["created"]

    filled.destination.calls()
    second = filled.migrate(include_volumes=True)
    assert second["written"] == 0
    assert writes(filled.destination.calls()) == 0
    assert set(filled.source.calls()) <= {"get", "list"}, "the source is only ever read"

    released = filled.release()
    assert released["complete"]
    assert released["outcomes"]["released"] == NAMESPACES * 3 + 1  # two CronJobs, a load balancer; and the volume
    assert filled.verify(include_volumes=True)["complete"]

    said = filled.everything_said() + "".join(capfd.readouterr()) + str([plan, first, verified, second, released])
    for secret in (PLANTED, b64(PLANTED), b64(f"{PLANTED}-7")):
        assert secret not in said
    # The tests' own answer to whether they would see it.
    assert "password-07" in said
