"""How a pair stands, by what its syncer left on the destination."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import Any

from paas.consul.client import Consul
from paas.consul.listing import read_one
from paas.consul.lock import holder_of
from paas.settings import RESERVED, SyncPair


def read_status(destination: Consul, pair: SyncPair) -> dict[str, Any]:
    """What the last round of a pair said, how long ago, and who holds the pair now.

    Returns:
        The report, with `age_seconds` (-1 where nothing was ever said) and `held_by` ({} where nobody does).

    Raises:
        ServerError: The destination did not answer.
    """
    folder = f"{RESERVED}{pair.name}/"
    found = read_one(destination.wire, f"{folder}status")
    said: dict[str, Any] = {}
    if found is not None:
        try:
            loaded = json.loads(base64.b64decode(found.value))
        except ValueError:
            loaded = None
        said = loaded if isinstance(loaded, dict) else {}
    none = {"pair": pair.name, "source": pair.source, "destination": pair.destination, "state": "", "reason": ""}
    return {
        **none,
        **said,
        "age_seconds": _age(said.get("at")),
        "held_by": holder_of(destination.wire, f"{folder}lock"),
    }


def _age(at: Any) -> float:
    try:
        return round((datetime.now(timezone.utc) - datetime.fromisoformat(at)).total_seconds(), 1)
    except (TypeError, ValueError):
        return -1.0
