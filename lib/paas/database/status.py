"""What an object's status says about its database."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from paas.database.objects import DatabaseObject, mapping
from paas.errors import InvalidInput

Phase = Literal["Pending", "Creating", "Available", "Failed", "Refused", "Deleting"]
PHASES: tuple[str, ...] = get_args(Phase)

_MESSAGE_AT_MOST = 1024
_FIELDS = frozenset({"consulPrefix", "endpoint", "owner", "port", "vaultPath"})
# A late answer must not take back what a later one said about the same database.
_NOT_AFTER = {"Pending": {"Creating", "Available", "Deleting"}, "Creating": {"Available", "Deleting"}}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is to be said.

    Attributes:
        phase: Where the database is on its way.
        message: A sentence for the developer.
        reason: One CamelCase word for machines; the phase where left out.
        fields: More fields of the status: endpoint, port, consulPrefix, vaultPath, owner (the owning cluster).
    """

    phase: str
    message: str = ""
    reason: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise InvalidInput("phase", self.phase, f"one of {', '.join(PHASES)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: phase, message, reason, and each field beside them."""
        return {"phase": self.phase, "message": self.message, "reason": self.reason, **self.fields}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Report:
        """Read back what `as_dict` gave.

        Raises:
            InvalidInput: It is something else.
        """
        fields = {name: value for name, value in values.items() if name not in ("phase", "message", "reason")}
        if unknown := sorted(set(fields) - _FIELDS):
            raise InvalidInput(
                "report", ", ".join(unknown), f"only phase, message, reason, {', '.join(sorted(_FIELDS))}"
            )
        said = {name: str(values.get(name) or "") for name in ("phase", "message", "reason")}
        return cls(**said, fields=fields)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def write_status(
    target: DatabaseObject, report: Report, *, now: Callable[[], datetime.datetime] = _now
) -> dict[str, Any]:
    """Say it on the object, if it is news.

    Returns:
        The status as it stands then.

    Raises:
        Outdated: The object is gone or is another one by now.
        ServerError: The API server did not take it.
    """

    def edit(found: dict[str, Any]) -> None:
        apply(found, report, now=now)

    return mapping(target.change(edit, status=True).get("status"))


def apply(found: dict[str, Any], report: Report, *, now: Callable[[], datetime.datetime] = _now) -> None:
    """Put a report into an object's status, in place. The same report twice changes nothing the second time."""
    status = dict(mapping(found.get("status")))
    # A phase that the author of a third-party object made up may be anything.
    present = status.get("phase") if isinstance(status.get("phase"), str) else None
    if present in _NOT_AFTER.get(report.phase, set()):
        return
    for name, value in report.fields.items():
        if value is not None:
            status[name] = value
    status["phase"] = report.phase
    generation = mapping(found.get("metadata")).get("generation")
    if generation is not None:
        status["observedGeneration"] = generation
    status["conditions"] = _merged(status.get("conditions"), _conditions(report), generation, now)
    found["status"] = status


def _conditions(report: Report) -> list[dict[str, str]]:
    said = {"reason": report.reason or report.phase, "message": report.message[:_MESSAGE_AT_MOST]}
    ready = {"type": "Ready", "status": "True" if report.phase == "Available" else "False", **said}
    if report.phase == "Refused":
        return [{"type": "Accepted", "status": "False", **said}, ready]
    if report.phase == "Failed":  # says nothing about the spec, which may not have been looked at yet
        return [ready]
    return [{"type": "Accepted", "status": "True", "reason": "Accepted", "message": ""}, ready]


def _merged(
    present: object, wanted: list[dict[str, str]], generation: object, now: Callable[[], datetime.datetime]
) -> list[dict[str, Any]]:
    """The conditions with the wanted ones put in; each keeps the time at which its status last changed."""
    kept: dict[str, dict[str, Any]] = {
        str(each["type"]): each
        for each in (present if isinstance(present, list) else ())
        if isinstance(each, dict) and each.get("type")
    }
    for condition in wanted:
        before = kept.get(condition["type"], {})
        since = before.get("lastTransitionTime") if before.get("status") == condition["status"] else None
        kept[condition["type"]] = {
            **condition,
            "lastTransitionTime": since or now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            **({"observedGeneration": generation} if generation is not None else {}),
        }
    return list(kept.values())
