"""What AWS and botocore raise, as the errors of `paas.errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paas import errors

_ABSENT = ("NotFound", "NotFoundFault", "NoSuchBucket", "NoSuchKey")
_PRESENT = ("AlreadyExists", "AlreadyExistsFault", "InvalidDBInstanceState", "InvalidDBInstanceStateFault")
# S3: a conditional write met another version than it named, or another write.
_CHANGED = frozenset({"ConditionalRequestConflict", "PreconditionFailed"})
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
_BUSY = frozenset(
    {
        "InternalFailure",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

# What an operator can do about the refusals that happen in practice; anything else speaks for itself.
_NEXT_STEPS = {
    "InstanceQuotaExceeded": "raise the account's quota of DB instances, or retire one",
    "StorageQuotaExceeded": "raise the account's quota of DB storage",
    "InsufficientDBInstanceCapacity": "ask for another class, or try again later",
    "InvalidParameterCombination": "ask for a combination of engine, version and class that this region offers",
    "DBSubnetGroupNotFoundFault": "set databases.platform.subnet_group to one that exists",
    "DBSubnetGroupDoesNotCoverEnoughAZs": "add a subnet in another zone to databases.platform.subnet_group",
    "DBParameterGroupNotFound": "set databases.platform.parameter_groups to ones that exist",
    "KMSKeyNotAccessibleFault": "allow the role to use databases.platform.kms_key_id",
}


@contextmanager
def translated(*, service: str, operation: str, target: str) -> Iterator[None]:
    """Turn what botocore raises inside the block into a `paas.errors.ServerError`.

    Raises:
        ServerError: Or one of its kinds, with AWS's code and message.
    """
    import botocore.exceptions as botocore
    from botocore.parsers import ResponseParserError

    asked: dict[str, Any] = {"system": f"AWS {service}", "operation": operation, "target": target}
    try:
        yield
    except botocore.ClientError as error:
        raise _answered(error, asked) from error
    except botocore.ParamValidationError:
        # Its message quotes the values of the request, the password among them: neither repeated nor chained.
        raise errors.ServerError(**asked, words="the request has a value of the wrong kind") from None
    except (botocore.NoCredentialsError, botocore.PartialCredentialsError) as error:
        hint = "set aws.access_key_id and aws.secret_access_key, or give the action runners an instance profile"
        raise errors.Forbidden(**asked, words=str(error), hint=hint) from error
    except ResponseParserError as error:
        # A proxy's page of HTML, say; no BotoCoreError, and its message repeats the whole body.
        hint = "check aws.endpoint_url and what lies between it and the action runners"
        raise errors.Unavailable(**asked, words="the answer is not in AWS's format", hint=hint) from error
    except botocore.BotoCoreError as error:
        hint = "check aws.region, aws.endpoint_url and the network of the action runners"
        raise errors.Unavailable(**asked, words=str(error), hint=hint) from error


def _answered(error: Any, asked: dict[str, Any]) -> errors.ServerError:
    said = error.response.get("Error", {})
    code = str(said.get("Code", "Unknown"))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = _kind(code, status)
    hint = _NEXT_STEPS.get(code, "")
    if not hint and kind is errors.Forbidden:
        hint = "give the role of the action runners this permission; deploy/aws-policy.json lists what the pack needs"
    return kind(**asked, status=status, words=f"{code}: {said.get('Message', 'no message')}", hint=hint)


def _kind(code: str, status: int) -> type[errors.ServerError]:
    if code in _DENIED or status in (401, 403):
        return errors.Forbidden
    if code in _BUSY or status == 429 or status >= 500:
        return errors.Unavailable
    if status == 404 or code.endswith(_ABSENT):
        return errors.NotFound
    if code in _CHANGED or code.endswith(_PRESENT):
        return errors.Conflict
    return errors.ServerError
