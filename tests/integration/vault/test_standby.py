"""A real pair of Vaults on one Consul: what the standby does, and what is said while nobody is active."""

import time

import hvac
import pytest

from tests.contract.subjects import REAL
from tests.integration.vault.two import NUMBERS, Pack, launch

pytestmark = [pytest.mark.real]
#: Seconds: the session of the one that was killed runs out, its lock is held back, and the standby takes over.
TAKEN_OVER_WITHIN = 90


@pytest.fixture
def pair(tmp_path, caplog):
    """The pack knows the standby alone, as `paasA`."""
    from lab.servers import launch_consul

    servers = []
    try:
        store, consul = launch_consul("store", directory=tmp_path)
        servers.append(store)
        options = {"storage": "consul", "consul": consul}
        active, endpoint = launch(REAL, "active", tmp_path, **options)
        servers.append(active)
        server, standby = launch(REAL, "standby", tmp_path, beside="active", ready=False, **options)
        servers.append(server)
        hvac.Client(url=standby.url).sys.submit_unseal_key(endpoint.unseal_keys[0])
        known = type(endpoint)(name="paasA", url=standby.url, token=endpoint.token)
        pack = Pack({"paasA": known}, f"standby-{next(NUMBERS)}", caplog, tmp_path)
        pack.active, pack.active_url = active, endpoint.url
        wait_for(pack, "standby")
        yield pack
    finally:
        for server in reversed(servers):
            server.stop()


def wait_for(pack, state):
    deadline = time.monotonic() + TAKEN_OVER_WITHIN
    while (said := pack.run("vault_status", vault="paasA")[1]).get("state") != state:
        assert time.monotonic() < deadline, said
        time.sleep(0.5)
    return said


def test_a_standby_hands_on_and_takes_over(pair):
    secret = {"vault": "paasA", "path": pair.path(), "values": {"a": pair.plant()}}
    assert pair.active_url in wait_for(pair, "standby")["message"]
    assert pair.done("vault_write", **secret)["written"] is True

    pair.active.kill()
    # Nobody is active now: a sentence, and nothing half written.
    late = {**secret, "path": pair.path("late")}
    assert "if it is a standby, that another is active" in pair.refused("vault_write", **late)

    wait_for(pair, "active")
    assert pair.done("vault_write", **secret)["written"] is False
    assert pair.done("vault_write", **late)["version"] == 1
