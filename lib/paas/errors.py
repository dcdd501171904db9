"""The few errors that anyone catches.

Every message is a sentence for an operator: what was being done, to which object, what the server said in its own
words, and what to do next. No message ever holds a secret. A class exists only where somebody treats it differently
from its parent; rooms chain these from whatever their client library raises, so that no caller needs to know the
library.
"""

from __future__ import annotations

from typing import Any


class PaasError(Exception):
    """Anything that the pack reports to an operator as a sentence of its own."""

    def as_result(self) -> dict[str, Any]:
        """The error as an action's result: plain JSON, with `error` (the class) and `message`."""
        return {"error": type(self).__name__, "message": str(self)}


class ConfigError(PaasError):
    """The pack's configuration cannot be used.

    Args:
        key: The setting, dotted, as it stands in `configs/kubernetes.yaml`.
        problem: What is wrong with it, and what would be right.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"config `{key}`: {problem}")
        self.key = key


class InvalidInput(PaasError):
    """A parameter or an object's field cannot be used; nothing was touched.

    Args:
        parameter: The parameter's or field's name.
        value: What was given; never pass a secret.
        expected: What would be right.
    """

    def __init__(self, parameter: str, value: object, expected: str) -> None:
        super().__init__(f"`{parameter}` is {_shortened(value)}; expected {expected}")
        self.parameter = parameter


class Refused(PaasError):
    """A policy says no: an allow-list, an owner, a lock. Nothing was touched.

    Args:
        message: The sentence.
        setting: The setting that would allow it, if one does.
    """

    def __init__(self, message: str, *, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting

    def as_result(self) -> dict[str, Any]:
        """The error as a result, with the `setting` that would allow it."""
        return {**super().as_result(), "setting": self.setting}


class Incomplete(PaasError):
    """Some of many was not done; the rest was.

    Args:
        message: The sentence.
        result: What became of each, as an action's result.
    """

    def __init__(self, message: str, *, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.result = result

    def as_result(self) -> dict[str, Any]:
        """The error as a result, with what became of each."""
        return {**self.result, **super().as_result()}


class Outdated(PaasError):
    """What was to be acted on is gone, or is another one by now. There is nothing to do, and nothing is wrong."""


class ServerError(PaasError):
    """A server did not do what it was asked.

    Args:
        system: `Kubernetes paasA`, `Consul paasB`, `AWS rds`, ...
        operation: What was asked, as a verb: `create`, `read`, ...
        target: The object, as a user would name it.
        words: The server's own words; never a body that may hold a secret.
        status: The HTTP status, 0 where no answer came.
        hint: The next step for an operator.
        retry_after: Seconds that the server asked to wait, where it did.
        reason: The server's own code word, where it has one: `AlreadyExists`, `Conflict`, `Expired`, ...
    """

    def __init__(
        self,
        *,
        system: str,
        operation: str,
        target: str,
        words: str,
        status: int = 0,
        hint: str = "",
        retry_after: float | None = None,
        reason: str = "",
    ) -> None:
        said = f"{system} answered {status} to" if status else f"{system}, asked to"
        super().__init__(f"{said} {operation} {target}: {words}" + (f" ({hint})" if hint else ""))
        self.system = system
        self.operation = operation
        self.target = target
        self.words = words
        self.status = status
        self.hint = hint
        self.retry_after = retry_after
        self.reason = reason

    def as_result(self) -> dict[str, Any]:
        """The error as a result, with the HTTP status, 0 where no answer came."""
        return {**super().as_result(), "status": self.status}


class NotFound(ServerError):
    """The object is not there."""


class Conflict(ServerError):
    """The object is there already, or has changed since it was read."""


class Forbidden(ServerError):
    """Not signed in (401) or not allowed (403)."""


class Gone(ServerError):
    """A resourceVersion or a continue token has expired (410)."""


class Unavailable(ServerError):
    """Busy, broken or out of reach for now: 429, 5xx, no answer. Trying later may help."""


_SHOWN_AT_MOST = 80
_CAUSES_AT_MOST = 5


def _shortened(value: object) -> str:
    """A value as a person may read it; an object's author may have put a megabyte there."""
    shown = repr(value[: 2 * _SHOWN_AT_MOST] if isinstance(value, str) else value)
    return shown if len(shown) <= _SHOWN_AT_MOST else f"{shown[: _SHOWN_AT_MOST - 3]}..."


def root_words(error: BaseException) -> str:
    """The innermost reason of an HTTP library's error, without the request that the outer ones quote."""
    reason: Any = error
    for _ in range(_CAUSES_AT_MOST):
        inner = getattr(reason, "reason", None) or (reason.args[0] if getattr(reason, "args", None) else None)
        if not isinstance(inner, Exception):
            break
        reason = inner
    return f"{type(reason).__name__}: {reason}"[:300]
