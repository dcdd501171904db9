"""What an object's status says about its database."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from paas.database.objects import DatabaseObject, is_going, mapping
from paas.errors import InvalidInput

Phase = Literal["Pending", "Creating", "Available", "Failed", "Refused", "Deleting"]
PHASES: tuple[str, ...] = get_args(Phase)

_MESSAGE_AT_MOST = 1024
_FIELDS = frozenset({"consulPrefix", "endpoint", "owner", "port", "vaultPath"})
_SAID = ("phase", "message", "reason", "generation", "drift", "refused")
# A late answer must not take back what a later one said about the same database.
_NOT_AFTER = {
    "Pending": {"Creating", "Available", "Deleting"},
    "Creating": {"Available", "Deleting"},
    "Available": {"Deleting"},
}
# What the database is stays true where a change of it is refused.
_KEPT_BY_REFUSED_CHANGE = {"Available", "Creating"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is to be said.

    Attributes:
        phase: Where the database is on its way.
        message: A sentence for the developer.
        reason: One CamelCase word for machines; the phase where left out.
        fields: More fields of the status: endpoint, port, consulPrefix, vaultPath, owner (the owning cluster).
        generation: The generation of the spec that was judged; None where the spec was not looked at.
        drift: How the database differed from the spec, as a sentence; empty where it did not, None where nobody looked.
        refused: Why the spec may not be had as it is; the database that is there already stays what it is.
        lost: Whether there is nothing to connect to, by AWS's own words or because what was claimed is another's: no
            other failure takes Available back.
    """

    phase: str
    message: str = ""
    reason: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    generation: int | None = None
    drift: str | None = None
    refused: str = ""
    lost: bool = False

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise InvalidInput("phase", self.phase, f"one of {', '.join(PHASES)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: what is said, and each field beside it; what is None is left out."""
        said = {name: value for name in _SAID if (value := getattr(self, name)) is not None}
        if not self.refused:
            del said["refused"]
        return {**said, **self.fields}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Report:
        """Read back what `as_dict` gave.

        Raises:
            InvalidInput: It is something else.
        """
        fields = {name: value for name, value in values.items() if name not in _SAID}
        if unknown := sorted(set(fields) - _FIELDS):
            raise InvalidInput("report", ", ".join(unknown), f"only {', '.join(_SAID)}, {', '.join(sorted(_FIELDS))}")
        said: dict[str, Any] = {name: str(values.get(name) or "") for name in ("phase", "message", "reason", "refused")}
        generation, drift = values.get("generation"), values.get("drift")
        return cls(
            **said,
            fields=fields,
            generation=generation if isinstance(generation, int) else None,
            drift=None if drift is None else str(drift),
        )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def write_status(
    target: DatabaseObject, report: Report, *, now: Callable[[], datetime.datetime] = _now
) -> tuple[dict[str, Any], bool]:
    """Say it on the object, if it is news.

    Returns:
        The object as it stands then, and whether it was news.

    Raises:
        Outdated: The object is gone or is another one by now.
        ServerError: The API server did not take it.
    """
    news = False

    def edit(found: dict[str, Any]) -> None:
        nonlocal news
        before = found.get("status")
        apply(found, report, now=now, has_generations=target.has_status)
        news = found.get("status") != before

    return target.change(edit, status=True), news


def apply(
    found: dict[str, Any],
    report: Report,
    *,
    now: Callable[[], datetime.datetime] = _now,
    has_generations: bool = True,
) -> None:
    """Put a report into an object's status, in place. The same report twice changes nothing the second time.

    Args:
        found: The object.
        report: What to say.
        now: The clock.
        has_generations: Whether the object's generation counts its specs. Without a status subresource a status that is
            written counts too: to note it would be a change, and so on without an end.
    """
    status = dict(mapping(found.get("status")))
    # A phase that the author of a third-party object made up may be anything.
    present = status.get("phase") if isinstance(status.get("phase"), str) else None
    if present in _NOT_AFTER.get(report.phase, set()):
        return
    for name, value in report.fields.items():
        if value is not None:
            status[name] = value
    if is_going(found) and present == "Available":
        present = None  # it goes: whatever fails now is what it waits for
    if not _keeps_phase(report, present):
        status["phase"] = report.phase
    generation = mapping(found.get("metadata")).get("generation") if has_generations else None
    judged = generation if report.generation is None and report.phase == "Refused" else report.generation
    if has_generations and isinstance(judged, int) and not _is_newer(status.get("observedGeneration"), judged):
        status["observedGeneration"] = judged
    status["conditions"] = _merged(status.get("conditions"), _conditions(report, present), generation, now)
    found["status"] = status


def _keeps_phase(report: Report, present: str | None) -> bool:
    if present == "Deleting":  # an object that goes does not stop going
        return True
    if present == "Available" and report.phase in ("Refused", "Failed"):
        # A step that could not be taken says nothing about the database, which answers as before.
        return not report.lost
    return report.phase == "Refused" and bool(report.refused) and present in _KEPT_BY_REFUSED_CHANGE


def _is_newer(observed: object, judged: int) -> bool:
    return isinstance(observed, int) and observed > judged


def _conditions(report: Report, present: str | None) -> list[dict[str, str]]:
    said = {"reason": report.reason or report.phase, "message": report.message[:_MESSAGE_AT_MOST]}
    ready = {"type": "Ready", "status": "True" if report.phase == "Available" else "False", **said}
    if report.phase == "Refused":
        accepted = {"type": "Accepted", "status": "False", **said}
        return [accepted] if _keeps_phase(report, present) else [accepted, ready]
    if report.phase == "Failed":  # says nothing about the spec, which may not have been looked at yet
        return [{**ready, "type": "InSync"}] if present == "Available" and not report.lost else [ready]
    # Nothing new about what is already known to be there.
    found = [] if present == report.phase and not report.message else [ready]
    if report.refused:
        message = report.refused[:_MESSAGE_AT_MOST]
        found.append({"type": "Accepted", "status": "False", "reason": "ChangeRefused", "message": message})
    elif report.generation is not None or report.phase == "Pending":
        found.append({"type": "Accepted", "status": "True", "reason": "Accepted", "message": ""})
    if report.drift is not None:
        state = ("False", "Drifted") if report.drift else ("True", "InSync")
        message = report.drift[:_MESSAGE_AT_MOST]
        found.append({"type": "InSync", "status": state[0], "reason": state[1], "message": message})
    return found


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
