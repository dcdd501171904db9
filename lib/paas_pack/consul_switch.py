"""Which pairs of Consuls the sensor keeps in step: a switch in the datastore for each."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

#: Name of the datastore's key; the pair's name follows.
SWITCH_KEY = "kubernetes.consul_sync."


def is_on(get: Callable[[str], str | None], pair: str) -> bool:
    """Whether a pair is to be kept in step.

    Args:
        get: Reads one key of the datastore.
        pair: Name of the pair.
    """
    try:
        said = json.loads(get(f"{SWITCH_KEY}{pair}") or "{}")
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("enabled") is True


def turn(action_service: Any, pair: str, *, on: bool) -> bool:
    """Turn a pair on or off.

    Returns:
        Whether it was the other way before.
    """
    changed = is_on(lambda name: action_service.get_value(name, local=False), pair) != on
    if changed:
        since = datetime.now(timezone.utc).isoformat(timespec="seconds")
        action_service.set_value(f"{SWITCH_KEY}{pair}", json.dumps({"enabled": on, "since": since}), local=False)
    return changed
