"""A source of three servers that loses its leader, and gets one again."""

import pytest

from tests.integration.consul_sync.two import Side, Two, soon

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def three(tmp_path):
    """A pair whose source is the first of three servers; gives the other two as well."""
    from lab.servers import launch_consul, launch_consul_cluster, stop

    servers, endpoints = launch_consul_cluster("paasA", directory=tmp_path)
    try:
        last, endpoint = launch_consul("paasB", directory=tmp_path)
        servers.append(last)
        source, destination = Side(servers[0], endpoints[0], "real"), Side(last, endpoint, "real")
        yield Two(source, destination, name="pair"), servers[1:3]
    finally:
        stop(servers)


def test_a_source_without_a_leader_deletes_nothing_and_says_so_until_it_has_one_again(three):
    two, others = three
    two.source.put_many((f"app/{number}", b"1", 0) for number in range(200))
    with two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        for server in others:
            server.kill()
        # A query that waits runs out first, and Consul holds each request back for seven seconds in hope of a leader.
        soon(lambda: reports[-1]["state"] == "lagging", within=90)
        assert "Consul paasA" in reports[-1]["reason"]
        assert "leader" in reports[-1]["reason"]
        assert len(two.destination.tree()) == 200
        for server in others:
            server.up()
        two.source.put("app/1", b"2")
        soon(lambda: two.destination.value("app/1") == b"2", within=60)
    assert len(two.destination.tree()) == 200
