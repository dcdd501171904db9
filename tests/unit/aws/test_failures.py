import botocore.exceptions
import pytest

from paas import errors
from paas.aws.failures import translated


def answered(code, status):
    error = botocore.exceptions.ClientError(
        {"Error": {"Code": code, "Message": "AWS's words"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Call"
    )
    with pytest.raises(errors.ServerError) as raised, translated(service="rds", operation="call", target="it"):
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("DBInstanceNotFound", 404, errors.NotFound),
        ("DBInstanceNotFoundFault", 404, errors.NotFound),
        ("NoSuchKey", 404, errors.NotFound),
        ("DBInstanceAlreadyExists", 400, errors.Conflict),
        ("DBInstanceAlreadyExistsFault", 400, errors.Conflict),
        ("InvalidDBInstanceState", 400, errors.Conflict),
        ("AccessDenied", 403, errors.Forbidden),
        ("ExpiredToken", 400, errors.Forbidden),
        ("InvalidClientTokenId", 403, errors.Forbidden),
        ("SignatureDoesNotMatch", 403, errors.Forbidden),
        ("Throttling", 400, errors.Unavailable),
        ("RequestLimitExceeded", 503, errors.Unavailable),
        ("InternalFailure", 500, errors.Unavailable),
        ("Unheard", 502, errors.Unavailable),
        ("InstanceQuotaExceeded", 400, errors.ServerError),
        ("InsufficientDBInstanceCapacity", 400, errors.ServerError),
        ("InvalidParameterValue", 400, errors.ServerError),
    ],
)
def test_a_code_of_awss_is_one_of_the_packs_errors(code, status, kind):
    assert type(answered(code, status)) is kind


def test_code_and_message_are_awss_own():
    assert answered("InvalidParameterValue", 400).words == "InvalidParameterValue: AWS's words"


@pytest.mark.parametrize("code", ["InstanceQuotaExceeded", "InsufficientDBInstanceCapacity", "AccessDenied"])
def test_what_an_operator_can_do_something_about_says_what(code):
    assert answered(code, 400).hint


def test_what_is_no_failure_of_aws_passes():
    with pytest.raises(KeyError), translated(service="rds", operation="call", target="it"):
        raise KeyError("a defect")
