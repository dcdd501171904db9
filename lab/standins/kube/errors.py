"""What the API server answers when it refuses: `Status` objects in the real server's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A refusal on its way to the client.

    Args:
        code: The HTTP status.
        reason: The machine-readable reason (`NotFound`, `Conflict`, ...); empty for none.
        message: The words a person reads.
        details: The Status's `details`.
        metadata: The Status's `metadata` (an expired list carries a new continue token there).
        headers: HTTP headers to add, such as `Retry-After`.
        plain: Answer the message as plain text, as the real server does for a path it does not know.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Json | None = None,
        metadata: Json | None = None,
        headers: Mapping[str, str] | None = None,
        plain: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.metadata = metadata or {}
        self.headers = dict(headers or {})
        self.plain = plain

    def status(self) -> Json:
        """The `Status` object, its keys in the real server's order."""
        status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure"}
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


@dataclass(frozen=True)
class Cause:
    """One field that is wrong: its path, the error's type and the words after the path."""

    field: str
    reason: str
    message: str

    def as_json(self) -> Json:
        """The cause as a Status lists it."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


def shown(value: Any) -> str:
    """A value as the server quotes it in a field error: strings and numbers as JSON, objects as JSON too."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def invalid_value(field: str, value: Any, detail: str) -> Cause:
    """`Invalid value: "x": detail`."""
    return Cause(field, "FieldValueInvalid", f"Invalid value: {shown(value)}: {detail}")


def invalid_type(field: str, kind: str, detail: str) -> Cause:
    """A value of the wrong JSON type; the server quotes the type's name in place of the value."""
    return Cause(field, "FieldValueTypeInvalid", f"Invalid value: {shown(kind)}: {detail}")


def required(field: str, detail: str = "") -> Cause:
    """`Required value`, with a detail where there is one."""
    return Cause(field, "FieldValueRequired", f"Required value: {detail}" if detail else "Required value")


def unsupported(field: str, value: Any, supported: Sequence[Any]) -> Cause:
    """`Unsupported value: "x": supported values: "a", "b"`."""
    listed = ", ".join(shown(one) for one in supported)
    return Cause(field, "FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {listed}")


def forbidden_field(field: str, detail: str) -> Cause:
    """`Forbidden: detail`."""
    return Cause(field, "FieldValueForbidden", f"Forbidden: {detail}")


def duplicate(field: str, value: Any) -> Cause:
    """`Duplicate value: "x"`."""
    return Cause(field, "FieldValueDuplicate", f"Duplicate value: {shown(value)}")


def qualified(group: str, name: str) -> str:
    """`deployments.apps`, or the bare name in the core group."""
    return f"{name}.{group}" if group else name


def details_of(group: str, kind: str, name: str, **more: Any) -> Json:
    """A Status's details: empty fields are left out, as Go's `omitempty` does."""
    details = {"name": name, "group": group, "kind": kind, **more}
    return {key: value for key, value in details.items() if value not in ("", None)}


def not_found(group: str, plural: str, name: str) -> ApiError:
    """404: no object of that name."""
    message = f'{qualified(group, plural)} "{name}" not found'
    return ApiError(404, "NotFound", message, details=details_of(group, plural, name))


def no_such_path() -> ApiError:
    """404 in plain text: nothing serves this path, nor its API group."""
    return ApiError(404, "NotFound", "404 page not found\n", plain=True)


def no_such_resource() -> ApiError:
    """404 as a Status: the group is the server's own, the resource is not in it."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", details={})


def internal(message: str) -> ApiError:
    """500 without a reason, as the server wraps an error of its storage layer."""
    return ApiError(500, "", message)


def already_exists(group: str, plural: str, name: str, *, going: bool = False) -> ApiError:
    """409: an object of that name is there, be it on its way out (`going`)."""
    message = f'{qualified(group, plural)} "{name}" already exists'
    if going:
        message = f"object is being deleted: {message}"
    return ApiError(409, "AlreadyExists", message, details=details_of(group, plural, name))


def conflict(group: str, plural: str, name: str, why: str) -> ApiError:
    """409: the write does not fit what is stored."""
    message = f'Operation cannot be fulfilled on {qualified(group, plural)} "{name}": {why}'
    return ApiError(409, "Conflict", message, details=details_of(group, plural, name))


def modified(group: str, plural: str, name: str) -> ApiError:
    """409: the resourceVersion sent is not the stored one."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(group, plural, name, why)


def bad_request(message: str) -> ApiError:
    """400: the request makes no sense."""
    return ApiError(400, "BadRequest", message)


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """422: the object breaks rules; every cause is listed."""
    words = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    listed = words[0] if len(words) == 1 else "[" + ", ".join(words) + "]"
    message = f'{qualified(group, kind)} "{name}" is invalid: {listed}'
    details = details_of(group, kind, name, causes=[cause.as_json() for cause in causes])
    return ApiError(422, "Invalid", message, details=details)


def forbidden(group: str, plural: str, name: str, why: str, *, causes: Sequence[Cause] = ()) -> ApiError:
    """403: the user may not, or the object may not."""
    target = qualified(group, plural) + (f' "{name}"' if name else "")
    details = details_of(group, plural, name)
    if causes:
        details["causes"] = [cause.as_json() for cause in causes]
    return ApiError(403, "Forbidden", f"{target} is forbidden: {why}", details=details)


def unauthorized() -> ApiError:
    """401: no token, or one that nobody issued."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed(resource: str = "", *, verb: str = "") -> ApiError:
    """405: the resource does not know the verb; `resource` (`dbs.example.com`) where it is a custom one."""
    if resource:
        plural, _, group = resource.partition(".")
        message = f'{verb} is not supported on resources of kind "{resource}"'
        return ApiError(405, "MethodNotAllowed", message, details=details_of(group, plural, ""))
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, details={})


def expired(message: str, *, metadata: Json | None = None, old: bool = False) -> ApiError:
    """410: the version asked for is older than the history kept; `old` servers had another reason for it."""
    return ApiError(410, "Gone" if old else "Expired", message, metadata=metadata)


def too_large_version(asked: int, current: int) -> ApiError:
    """504: a version that this server has not reached."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, details={"causes": [cause], "retryAfterSeconds": 1})
