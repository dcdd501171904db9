"""Each call of the chain fails for good: the right status in bounded time; then the chain finishes what is missing."""

import time

import pytest

SEALED = {"status": 503, "body": '{"errors":["Vault is sealed"]}', "headers": {"Content-Type": "application/json"}}
DENIED = {"status": 403, "body": '{"errors":["permission denied"]}', "headers": {"Content-Type": "application/json"}}
SLOW = {"hang": 5}

FAILURES = {
    "vault is sealed": ("vault", {"effect": SEALED}, "Vault is sealed"),
    "vault denies": ("vault", {"path": "/v1/secret/*", "effect": DENIED}, "permission denied"),
    "vault is busy": ("vault", {"path": "/v1/secret/*", "effect": {"status": 429}}, "Vault paasA"),
    "vault breaks at the write": ("vault", {"method": "POST", "effect": {"status": 500}}, "Vault paasA"),
    "vault hangs": ("vault", {"effect": SLOW}, "vault.paasA.address"),
    "vault's answer is lost after the write": (
        "vault",
        {"method": "POST", "path": "/v1/secret/data/*", "times": 1, "effect": {"reset": "after"}},
        "Vault paasA",
    ),
    "aws denies the look": (
        "aws",
        {"service": "rds", "action": "DescribeDBInstances", "effect": {"error": "AccessDenied"}},
        "AccessDenied",
    ),
    "aws throttles for good": ("aws", {"service": "rds", "effect": {"error": "Throttling"}}, "Throttling"),
    "aws breaks": ("aws", {"service": "rds", "effect": {"error": "InternalFailure"}}, "InternalFailure"),
    "aws has no quota left": (
        "aws",
        {"service": "rds", "action": "CreateDBInstance", "effect": {"error": "InstanceQuotaExceeded"}},
        "quota of DB instances",
    ),
    "aws has no capacity left": (
        "aws",
        {"service": "rds", "action": "CreateDBInstance", "effect": {"error": "InsufficientDBInstanceCapacity"}},
        "ask for another class",
    ),
    "aws hangs": ("aws", {"service": "rds", "effect": SLOW}, "AWS rds"),
    "consul has no leader": ("consul", {"path": "/v1/kv/*", "effect": {"no_leader": True}}, "Consul paasA"),
    "consul denies": (
        "consul",
        {"path": "/v1/txn", "effect": {"status": 403, "body": "Permission denied"}},
        "consul.paasA",
    ),
    "consul hangs": ("consul", {"effect": SLOW}, "consul.paasA.address"),
    "consul breaks at the write": ("consul", {"path": "/v1/txn", "effect": {"status": 500}}, "Consul paasA"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_it_is_said_on_the_object_in_bounded_time_and_made_up_for_later(
    failure, platform, name, chain, status, broken, whole
):
    system, fault, words = FAILURES[failure]
    broken(system, fault)
    begun = time.monotonic()
    succeeded, _ = chain()
    assert time.monotonic() - begun < 60
    assert not succeeded
    assert status()["phase"] == "Failed"
    message = next(each["message"] for each in status()["conditions"] if each["type"] == "Ready")
    assert words in message
    whole()
    password = platform.password(name)
    succeeded, _ = chain()
    assert succeeded
    assert status()["phase"] == "Available"
    assert password in (None, platform.password(name))
    claims = [each for each in platform.instances() if each.startswith(f"default-{name}-")]
    assert claims == [status()["claim"]]


ONCE = {
    "aws throttles once": ("aws", {"service": "rds", "times": 1, "effect": {"error": "Throttling"}}),
    "aws breaks once": ("aws", {"service": "rds", "times": 1, "effect": {"error": "InternalFailure"}}),
    "aws's answer is lost after the creation": (
        "aws",
        {"service": "rds", "action": "CreateDBInstance", "times": 1, "effect": {"reset": "after"}},
    ),
    "the object's version is contested once": (
        "kube",
        {"method": "PUT", "path": "databases", "times": 1, "status": 409, "reason": "Conflict"},
    ),
}


@pytest.mark.parametrize("failure", ONCE)
def test_what_passes_by_itself_is_not_noticed(failure, platform, name, chain, status, broken):
    system, fault = ONCE[failure]
    broken(system, fault)
    succeeded, _ = chain()
    assert succeeded
    assert status()["phase"] == "Available"
    assert len([each for each in platform.instances() if each.startswith(f"default-{name}-")]) == 1


@pytest.mark.parametrize("verb", ["GET", "PUT"])
def test_a_cluster_that_does_not_answer_fails_the_chain_and_nothing_is_made(verb, platform, name, chain, broken, whole):
    broken("kube", {"method": verb, "path": "databases", "times": -1, "status": 503})
    succeeded, done = chain()
    assert not succeeded
    assert [task for task, _, _ in done] == ["spec", "report_spec"]
    whole()
    assert platform.object(name).get("status", {}) == {}
    assert platform.password(name) is None
    succeeded, _ = chain()
    assert succeeded


@pytest.mark.parametrize("stop", ["credentials", "create", "publish", "status"])
def test_a_chain_that_is_killed_anywhere_is_finished_by_the_next_one(stop, platform, name, chain, status):
    class Killed(BaseException):
        pass

    def killed():
        raise Killed

    with pytest.raises(Killed):
        chain(before={stop: killed})
    claim, password = status()["claim"], platform.password(name)
    succeeded, _ = chain()
    assert succeeded
    assert (status()["phase"], status()["claim"]) == ("Available", claim)
    assert password in (None, platform.password(name))


@pytest.mark.parametrize("stop", ["spec", "credentials", "create", "publish", "status"])
def test_an_object_that_goes_on_the_way_ends_the_chain_without_a_failure(stop, platform, name, chain):
    succeeded, _ = chain(before={stop: lambda: platform.delete(name)})
    assert succeeded


def test_an_event_that_comes_again_changes_nothing(platform, name, chain):
    chain()
    before = (platform.object(name), platform.keys(name), platform.password(name), platform.instances())
    succeeded, _ = chain()
    assert succeeded
    assert (platform.object(name), platform.keys(name), platform.password(name), platform.instances()) == before
