"""Events beside an object: what happened to its database, where `kubectl describe` shows it."""

from __future__ import annotations

import datetime
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from paas.database.cluster import Cluster
from paas.database.objects import mapping
from paas.errors import Conflict, ServerError

_LOG = logging.getLogger(__name__)
_COMPONENT = "stackstorm-kubernetes"
_MESSAGE_AT_MOST = 1024  # the API server's own limit
_ATTEMPTS = 3


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def tell(
    cluster: Cluster,
    found: Mapping[str, Any],
    *,
    reason: str,
    message: str,
    warning: bool,
    now: Callable[[], datetime.datetime] = _now,
) -> bool:
    """Write an Event beside an object; the same one again only counts up.

    The status is what counts: an Event that cannot be written (a namespace that goes takes none) is logged and that
    is all.

    Args:
        cluster: The API server.
        found: The object.
        reason: One CamelCase word.
        message: The sentence.
        warning: Whether it is a warning.
        now: The clock.

    Returns:
        Whether it was written.
    """
    event = _event(found, reason, message, warning, now())
    collection = f"/api/v1/namespaces/{event['metadata']['namespace']}/events"
    path = f"{collection}/{event['metadata']['name']}"
    try:
        for _ in range(_ATTEMPTS):
            try:
                cluster.create(collection, event)
                return True
            except Conflict:
                there = cluster.get(path)
            there["count"] = int(there.get("count") or 1) + 1
            there["lastTimestamp"] = event["lastTimestamp"]
            try:
                cluster.replace(path, there)
                return True
            except Conflict:
                continue
    except ServerError as error:
        _LOG.warning("no Event %s beside %s: %s", reason, event["metadata"]["name"], error)
    return False


def _event(found: Mapping[str, Any], reason: str, message: str, warning: bool, at: datetime.datetime) -> dict[str, Any]:
    metadata = mapping(found.get("metadata"))
    involved = {
        "apiVersion": found.get("apiVersion"),
        "kind": found.get("kind"),
        "namespace": metadata.get("namespace"),
        "name": metadata.get("name"),
        "uid": metadata.get("uid"),
        "resourceVersion": metadata.get("resourceVersion"),
    }
    same = "\n".join((str(metadata.get("uid")), reason, message))
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            # The same thing about the same object has the same name.
            "name": f"{str(metadata.get('name'))[:200]}.{hashlib.sha256(same.encode()).hexdigest()[:16]}",
            "namespace": metadata.get("namespace"),
        },
        "involvedObject": {key: value for key, value in involved.items() if value},
        "reason": reason,
        "message": message[:_MESSAGE_AT_MOST],
        "type": "Warning" if warning else "Normal",
        "source": {"component": _COMPONENT},
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "count": 1,
    }
