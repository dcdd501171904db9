"""kill -9 of any process at random moments of fifty creations: nothing is lost, nothing is made twice."""

import copy
import random
import time

import pytest

from tests.faults.database.stackstorm import StackStormProcess

pytestmark = pytest.mark.slow

SEED = 8
COUNT = 50
BATCH = 5
WITHIN = 120.0
ACTION, SENSOR, ALL = "action_wrapper.py", "sensor_wrapper.py", "everything"


@pytest.fixture
def stackstorm(platform, tmp_path):
    config = {**copy.deepcopy(platform.config), "third_party": {"groups": [{"group": "paas.internal"}]}}
    # On a busy machine a second is no proof of a dead server, and this test breaks none of them.
    for profile in (*config["consul"].values(), *config["vault"].values(), config["aws"]):
        profile["timeout"] = 10.0
    process = StackStormProcess(tmp_path, config)
    try:
        process.start()
        yield process
    finally:
        process.kill()


def strike(stackstorm, what, dice):
    """Wait for a random moment, and kill one process of that sort; a sort that does not run now is waited for."""
    deadline = time.monotonic() + 15
    time.sleep(dice.uniform(0.1, 1.5))
    if what == ALL:
        stackstorm.kill()
        stackstorm.start()
        return True
    while not stackstorm.kill_one(what, dice.choice):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_every_database_is_available_once_and_no_password_is_lost_or_changed(platform, stackstorm):
    dice = random.Random(SEED)
    names, first_seen, struck = [], {}, []
    strikes = [ACTION] * 6 + [SENSOR] * 2 + [ALL] * 2
    dice.shuffle(strikes)
    for what in strikes:
        for _ in range(BATCH):
            names.append(platform.new_name())
            platform.create(names[-1])
        if strike(stackstorm, what, dice):
            struck.append(what)
        for name in names:
            if (password := platform.password(name)) is not None:
                first_seen.setdefault(name, password)
    assert len(names) == COUNT
    assert set(struck) == {ACTION, SENSOR, ALL}
    stackstorm.kill()
    stackstorm.start()
    deadline = time.monotonic() + WITHIN
    left = set(names)
    while left:
        assert time.monotonic() < deadline, f"{len(left)} are not Available: {sorted(left)[:5]}"
        stackstorm.run("db_reconcile", cluster="paasA", namespace="default")  # which a timer does every ten minutes
        left = {name for name in left if platform.object(name).get("status", {}).get("phase") != "Available"}
    instances = platform.instances()
    for name in names:
        claim = platform.object(name)["status"]["claim"]
        assert [each for each in instances if each.startswith(f"default-{name}-")] == [claim]
        secret = platform.vault["paasA"].read(f"secret/default/{name}/rds")
        assert (secret.version, secret.data["rds_claim"]) == (1, claim)
        assert secret.data["rds_password"] == first_seen.get(name, secret.data["rds_password"])
        assert platform.keys(name)["rds_claim"] == claim
