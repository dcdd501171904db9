"""Two hundred databases at once, with an AWS that throttles: all of them Available, with a bounded number of calls."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest

import lab.aws
from tests.unit.actions.chains import run_action, run_chain

pytestmark = pytest.mark.slow

COUNT = 200
NAMESPACE = "crowd"
OBJECTS = f"/apis/paas.internal/v1/namespaces/{NAMESPACE}/databases"
# Their events are worked on at the same time as the round that looks at every object.
WITH_EVENTS, AT_ONCE = 24, 4
RETRIES = 3  # of policy db_create_chain.retry
BUCKET = {"rate": 12, "burst": 20, "error": "Throttling"}
# What a chain takes: two lists for an object that may have had a database before, a look each before password and
# instance are made, the creation, and the look that is published. The round shares its lists among all objects.
CALLS_EACH = 6
TRIES_EACH = 2 * CALLS_EACH


@pytest.fixture
def config(platform):
    """The platform's configuration with the usual timeouts: nothing hangs here, and the machine may be busy."""
    config = copy.deepcopy(platform.config)
    for profile in (*config["consul"].values(), *config["vault"].values(), config["aws"]):
        profile["timeout"] = 30.0
    return config


@pytest.fixture
def calls(platform):
    """AWS's answers since the beginning of the test: those that it gave, and those that it refused to give."""
    lab.aws.control(platform.aws_endpoint, "DELETE", "calls")

    def calls():
        found = lab.aws.control(platform.aws_endpoint, "GET", "calls")
        return [each for each in found if not each["fault"]], [each for each in found if each["fault"]]

    return calls


def test_all_are_available_and_throttling_is_honoured(platform, config, broken, whole, calls):
    cluster, names = platform.kube["paasA"], [f"orders-{number}" for number in range(COUNT)]
    cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for name in names:
        body = {"apiVersion": "paas.internal/v1", "kind": "Database", "metadata": {"name": name}, "spec": {}}
        cluster.create(OBJECTS, body)
    broken("aws", {"service": "rds", "effect": {"throttle": BUCKET}})

    def make(name):
        """The chain, and what its policy does where AWS has throttled for longer than its client tries."""
        where = {"cluster": "paasA", "namespace": NAMESPACE, "name": name}
        for _ in range(1 + RETRIES):
            succeeded, done = run_chain("db_create_chain", config=config, parameters=where)
            if succeeded:
                return None
            (why,) = [result["message"] for task, well, result in done if not well and not task.startswith("report")]
            assert "Throttling" in why
        return why

    def look():
        asked = {"cluster": "paasA", "namespace": NAMESPACE, "dry_run": False}
        return run_action("db_reconcile", config=config, parameters=asked)

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        round_of_all = pool.submit(look)
        made = list(pool.map(make, names[:WITH_EVENTS]))
        succeeded, result = round_of_all.result()
    for _ in range(RETRIES):  # what AWS has throttled for too long is made up for by the next round
        if "failed" in result["outcomes"]:
            succeeded, result = look()
    assert succeeded
    assert "failed" not in result["outcomes"], [each["why"] for each in result["objects"]]
    answered, throttled = calls()
    assert made == [None] * WITH_EVENTS
    assert throttled, "the bucket was never empty"
    assert len(answered) <= CALLS_EACH * COUNT
    assert len(answered) + len(throttled) <= TRIES_EACH * COUNT
    # A chain and the round that meet at one object both ask; the second is told that it exists.
    assert sum((each["action"], each["status"]) == ("CreateDBInstance", 200) for each in answered) == COUNT
    statuses = [each["status"] for each in cluster.list(OBJECTS)]
    assert [each["phase"] for each in statuses] == ["Available"] * COUNT
    whole()
    mine = [each for each in platform.instances() if each in {status["claim"] for status in statuses}]
    assert len(mine) == len(set(mine)) == COUNT
