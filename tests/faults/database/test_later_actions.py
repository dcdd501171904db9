"""What happens to a database after its creation, with each call to AWS, Consul and Vault failing: once, then for good.

A fault begins at the first call of the action, then at the second, and so on until it is not met any more: so every
call is the one that fails first.
"""

import json
import time

import pytest

import lab.aws
from tests.faults.database.worlds import WORLDS

pytestmark = pytest.mark.slow

CALLS_AT_MOST = 40
SEALED = {
    "status": 503,
    "body": '{"errors":["Vault is sealed"]}',
    "headers": {"Content-Type": "application/json"},
}
FAULTS = {
    "aws": {"service": "rds", "effect": {"error": "AccessDenied"}},
    "vault": {"path": "/v1/*", "effect": SEALED},
    "consul": {"path": "/v1/*", "effect": {"status": 500, "body": "No cluster leader"}},
}
WORDS = {"aws": "AccessDenied", "vault": "Vault is sealed", "consul": "No cluster leader"}


@pytest.fixture(scope="module", params=WORLDS, ids=lambda each: each.__name__)
def world(request, platform):
    return request.param(platform)


@pytest.fixture
def fail(platform, whole):
    """Put a fault in force, in both clusters, since a hand-over speaks to both; gives how often it was met by then."""

    def fail(system, **more):
        whole()
        fault = {**FAULTS[system], **more}
        if system == "aws":
            lab.aws.control(platform.aws_endpoint, "POST", "rules", fault)
            return lambda: max(each["met"] for each in lab.aws.control(platform.aws_endpoint, "GET", "rules"))
        for cluster in ("paasA", "paasB"):
            platform.order(system, "POST", "faults", fault, cluster=cluster)
        return lambda: max(
            each["met"]
            for cluster in ("paasA", "paasB")
            for each in platform.order(system, "GET", "faults", cluster=cluster)
        )

    return fail


@pytest.fixture
def run(world, fail, whole):
    """Run the action under a fault: it succeeds, or names what failed; in bounded time, and without a secret.

    Gives whether it succeeded, and whether the fault was met.
    """

    def run(system, *, after, times=None):
        met = fail(system, after=after, times=times)
        begun = time.monotonic()
        succeeded, result = world.run()
        assert time.monotonic() - begun < 30
        was_met = met() > after
        whole()
        said = json.dumps(result)
        assert succeeded or WORDS[system] in said
        assert "defect of the pack" not in said
        secrets = [found["rds_password"] for cluster in ("paasA", "paasB") if (found := world.secret(cluster))]
        assert not any(secret in said for secret in secrets)
        return succeeded, was_met

    return run


@pytest.mark.parametrize("system", FAULTS)
def test_a_call_that_fails_is_named_and_the_next_run_finishes_what_is_left(world, run, system):
    for after in range(CALLS_AT_MOST):
        world.again()
        succeeded, was_met = run(system, after=after, times=1)
        if not was_met:
            assert succeeded
            world.check()
            return
        if not succeeded:
            run(system, after=after)
            succeeded, result = world.run()
            assert succeeded, result
        world.check()
    raise AssertionError(f"more than {CALLS_AT_MOST} calls to {system}")
