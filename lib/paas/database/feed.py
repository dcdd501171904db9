"""What changed on our RDS databases since the last look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from paas.database.instances import Instance
from paas.database.snapshots import Snapshot

#: The status of a database that was there at the last look, and is not any more. News, not proof.
DELETED = "deleted"

_REMEMBERED = ("cluster", "namespace", "name", "api_version", "object_kind", "engine", "retiring")


def changes(
    seen: Mapping[str, Mapping[str, Any]], instances: Iterable[Instance], snapshots: Iterable[Snapshot] = ()
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Compare the databases with what was seen of them before.

    Args:
        seen: What this function gave the last time; {} at first.
        instances: All of ours.
        snapshots: Those of retiring databases: that one is finished is a change of its database.

    Returns:
        An event for each database that is new, has changed or is gone, and what to remember. An event's `event_id` is
        the same whenever the same change is told again.
    """
    taken: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        taken.setdefault(snapshot.source, []).append(snapshot)
    events: list[dict[str, Any]] = []
    now_seen: dict[str, dict[str, Any]] = {}
    for instance in instances:
        event = _told(_facts(instance, taken.get(instance.identifier, [])))
        now_seen[instance.identifier] = _remembered(event)
        before = seen.get(instance.identifier)
        if before is None or before.get("event_id") != event["event_id"]:
            events.append(event)
    for identifier in sorted(set(seen) - set(now_seen)):
        events.append(_told(_gone(identifier, seen[identifier])))
    return events, now_seen


def _facts(instance: Instance, snapshots: Iterable[Snapshot]) -> dict[str, Any]:
    owner = instance.owner
    assert owner is not None
    return {
        "claim": owner.claim,
        "identifier": instance.identifier,
        "status": instance.status,
        "cluster": owner.cluster,
        "namespace": owner.namespace,
        "name": owner.name,
        "api_version": owner.api_version,
        "object_kind": owner.kind,
        "engine": instance.engine,
        "endpoint": instance.endpoint or "",
        "port": instance.port or 0,
        "retiring": instance.is_retiring,
        "replicas": list(instance.replica_endpoints),
        "snapshots": sorted(f"{each.identifier} {each.status}" for each in snapshots) if instance.is_retiring else [],
    }


def _gone(identifier: str, remembered: Mapping[str, Any]) -> dict[str, Any]:
    # The last event goes into the id: an identifier that comes back and goes again is told again.
    known = {name: remembered[name] for name in _REMEMBERED}
    nothing: dict[str, Any] = {"endpoint": "", "port": 0, "replicas": [], "snapshots": []}
    return {
        "claim": identifier,
        "identifier": identifier,
        "status": DELETED,
        **known,
        **nothing,
        "after": remembered["event_id"],
    }


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return {**{name: value for name, value in facts.items() if name != "after"}, "event_id": digest[:32]}


def _remembered(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"event_id": event["event_id"], **{name: event[name] for name in _REMEMBERED}}
