"""What changed on our RDS instances since the last look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from paas.database.instances import Instance


def changes(seen: Mapping[str, str], instances: Iterable[Instance]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Compare the instances with what was seen of them before.

    Args:
        seen: What this function gave the last time; {} at first.
        instances: All of ours.

    Returns:
        An event for each instance that is new or has changed, and what to remember. An event's `event_id` is the same
        whenever the same change is told again.
    """
    events: list[dict[str, Any]] = []
    now_seen: dict[str, str] = {}
    for instance in instances:
        event = _event(instance)
        now_seen[instance.identifier] = event["event_id"]
        if seen.get(instance.identifier) != event["event_id"]:
            events.append(event)
    return events, now_seen


def _event(instance: Instance) -> dict[str, Any]:
    owner = instance.owner
    assert owner is not None
    facts = {
        "claim": owner.claim,
        "identifier": instance.identifier,
        "status": instance.status,
        "cluster": owner.cluster,
        "namespace": owner.namespace,
        "name": owner.name,
        "api_version": owner.api_version,
        "object_kind": owner.kind,
        "engine": instance.engine,
        "endpoint": instance.endpoint,
        "port": instance.port,
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return {**facts, "event_id": digest[:32]}
