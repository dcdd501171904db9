"""What is new about databases, told from their objects' statuses: available, failed, refused, drifted, deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from paas.database.objects import mapping

_OF_PHASE = {"Available": "Available", "Failed": "Failed", "Refused": "Refused"}
_IDENTITY = ("cluster", "api_version", "object_kind", "namespace", "name", "uid")


class News:
    """Remembers what was told about each object, and tells what is new.

    The status is the source, so that nothing is lost where a process dies between its writing and a telling: the next
    event of the object, or the list after a restart, brings it up again, with the same id.

    Args:
        told: What `told` gave before; {} at first.
    """

    def __init__(self, told: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.told: dict[str, dict[str, str]] = {uid: dict(each) for uid, each in (told or {}).items()}

    def of(self, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What an event of an object says that was not told yet; call `heard` once it is on its way.

        Args:
            payload: Of trigger `kubernetes.thirdpartyobject`.

        Returns:
            Payloads of trigger `kubernetes.database`; [] for an object that is no database's.
        """
        before = self.told.get(str(payload["uid"]), {})
        status = mapping(payload.get("status"))
        if payload["resource"] == "DELETED":
            claim = before.get("claim") or status.get("claim")
            return [_event(payload, "Deleted", _condition(status, "Ready"), str(claim), "gone")] if claim else []
        now = _state(status)
        found = []
        for kind in ("Ready", "InSync"):
            if (state := now.get(kind)) and before.get(kind) != state:
                what = "Drifted" if kind == "InSync" else _OF_PHASE[str(status["phase"])]
                found.append(_event(payload, what, _condition(status, kind), str(status.get("claim") or ""), state))
        return found

    def heard(self, payload: Mapping[str, Any]) -> bool:
        """Note that what this event says was told; whether that is another state than before."""
        uid = str(payload["uid"])
        before = self.told.get(uid)
        if payload["resource"] == "DELETED":
            return self.told.pop(uid, None) is not None
        now = _state(mapping(payload.get("status")))
        if not now and before is None:
            return False
        self.told[uid] = now
        return now != before


def _state(status: Mapping[str, Any]) -> dict[str, str]:
    """What is told of a status, short enough to be remembered of every object."""
    found: dict[str, str] = {}
    phase = status.get("phase")
    if isinstance(phase, str) and phase in _OF_PHASE and isinstance(status.get("conditions"), list):
        found["Ready"] = _mark(phase, _condition(status, "Accepted" if phase == "Refused" else "Ready"))
    drift = _condition(status, "InSync")
    if drift.get("status") == "False":
        found["InSync"] = _mark("Drifted", drift)
    if isinstance(status.get("claim"), str):
        found["claim"] = status["claim"]
    return found


def _mark(what: str, condition: Mapping[str, Any]) -> str:
    said = [what, condition.get("lastTransitionTime")]
    # A database that was available before and after is no news; another failure is.
    if what != "Available":
        said += [condition.get("reason"), condition.get("message")]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _condition(status: Mapping[str, Any], kind: str) -> dict[str, Any]:
    conditions = status.get("conditions")
    for each in conditions if isinstance(conditions, list) else ():
        if mapping(each).get("type") == kind:
            return mapping(each)
    return {}


def _event(
    payload: Mapping[str, Any], what: str, condition: Mapping[str, Any], claim: str, state: str
) -> dict[str, Any]:
    status = mapping(payload.get("status"))
    identity = {name: payload[name] for name in _IDENTITY}
    digest = hashlib.sha256(repr((identity["cluster"], identity["uid"], what, state)).encode()).hexdigest()
    # Every field in every payload, and none of them null: a rule that compares null or misses a field fails.
    return {
        **identity,
        "event": what,
        "claim": claim,
        "owner": str(status.get("owner") or ""),
        "endpoint": str(status.get("endpoint") or ""),
        "reason": str(condition.get("reason") or ""),
        "message": str(condition.get("message") or ""),
        "event_id": digest[:32],
    }
