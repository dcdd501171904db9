import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError


def code(error):
    return error.value.response["Error"]["Code"]


def status(error):
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("service", "call", "fault", "wanted"),
    [
        ("rds", "describe_db_instances", "Throttling", 400),
        ("ec2", "describe_instances", "RequestLimitExceeded", 503),
        ("elb", "describe_load_balancers", "Throttling", 400),
        ("elbv2", "describe_target_groups", "AccessDenied", 403),
        ("autoscaling", "describe_auto_scaling_groups", "ServiceUnavailable", 503),
        ("s3", "list_buckets", "SlowDown", 503),
        ("sts", "get_caller_identity", "ExpiredToken", 403),
        ("iam", "list_roles", "InternalFailure", 500),
    ],
)
def test_every_service_fails_in_its_own_words(account, service, call, fault, wanted):
    account.rule(service=service, effect={"error": fault})
    with pytest.raises(ClientError) as error:
        getattr(getattr(account, service), call)()
    assert (code(error), status(error)) == (fault, wanted)


def test_a_fault_meets_as_many_calls_as_it_is_for(account):
    account.rule(service="sts", after=1, times=2, effect={"error": "Throttling"})
    results = []
    for _ in range(4):
        try:
            account.sts.get_caller_identity()
            results.append("fine")
        except ClientError:
            results.append("throttled")
    assert results == ["fine", "throttled", "throttled", "fine"]


def test_a_fault_can_be_about_one_database_alone(account):
    fault = {"code": "InsufficientDBInstanceCapacity", "message": "none left today"}
    account.rule(service="rds", action="Create*", match={"DBInstanceIdentifier": "shop*"}, effect={"error": fault})
    account.database("bank")
    with pytest.raises(ClientError, match="none left today") as error:
        account.database("shop-1")
    assert code(error) == "InsufficientDBInstanceCapacity"
    assert account.statuses() == {"bank": "available"}


def test_a_quota_is_refused_before_anything_is_made(account):
    account.rule(service="rds", action="CreateDBInstance", effect={"error": "InstanceQuotaExceeded"})
    with pytest.raises(ClientError):
        account.database("shop")
    assert account.statuses() == {}


def test_a_reset_after_the_request_went_through_leaves_what_was_made(account):
    account.rule(service="rds", action="CreateDBInstance", times=1, effect={"reset": "after"})
    with pytest.raises(ConnectionClosedError):
        account.database("shop")
    assert account.statuses() == {"shop": "available"}


def test_a_reset_before_it_leaves_nothing(account):
    account.rule(service="rds", action="CreateDBInstance", times=1, effect={"reset": "before"})
    with pytest.raises(ConnectionClosedError):
        account.database("shop")
    assert account.statuses() == {}


def test_a_call_can_hang_until_the_client_gives_up(account):
    account.rule(service="sts", effect={"hang": 30})
    from botocore.config import Config

    impatient = account.client("sts", config=Config(read_timeout=0.3, retries={"total_max_attempts": 1}))
    with pytest.raises(ReadTimeoutError):
        impatient.get_caller_identity()


def test_a_call_can_be_slow(account):
    account.rule(service="sts", times=1, effect={"delay": 0.3})
    began = time.monotonic()
    account.sts.get_caller_identity()
    assert time.monotonic() - began >= 0.3


def test_a_bucket_throttles_what_is_above_its_rate(account):
    account.rule(service="sts", effect={"throttle": {"rate": 0.001, "burst": 3}})
    for _ in range(3):
        account.sts.get_caller_identity()
    with pytest.raises(ClientError) as error:
        account.sts.get_caller_identity()
    assert code(error) == "Throttling"


def test_a_lagging_describe_shows_how_things_were(account):
    account.database("old")
    account.statuses()
    account.rule(service="rds", action="DescribeDBInstances", effect={"lag": 10})
    account.database("new")
    assert account.statuses() == {"old": "available"}
    account.later(11)
    assert account.statuses() == {"new": "available", "old": "available"}


def test_a_lagging_describe_of_what_was_never_asked_for_can_miss_it(account):
    account.rule(service="rds", action="DescribeDBInstances", effect={"lag": 10, "unseen": "DBInstanceNotFound"})
    account.database("new")
    with pytest.raises(ClientError) as error:
        account.rds.describe_db_instances(DBInstanceIdentifier="new")
    assert code(error) == "DBInstanceNotFound"


def test_a_rule_that_cannot_be_followed_is_refused(account):
    import urllib.error

    with pytest.raises(urllib.error.HTTPError) as error:
        account.rule(service="rds", effect={"explode": True})
    assert error.value.code == 400
    assert b"effect is an object of delay, error" in error.value.read()
