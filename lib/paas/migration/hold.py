"""What waits for the cutover: fields that differ until `migrate_release`, their own values kept in an annotation."""

from __future__ import annotations

import json
from typing import Any

from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.marks import HELD

_ABSENT = object()


def hold(obj: Json, kind: Kind) -> bool:
    """Hold an object back, in place; twice is once.

    Returns:
        Whether anything changed.
    """
    if HELD in (obj["metadata"].get("annotations") or {}):
        return False
    held = kind.held_values(obj)
    own = {path: _read(obj, path) for path in held}
    if all(_known(own[path]) == held[path] for path in held):
        return False
    for path, value in held.items():
        _write(obj, path, _ABSENT if value is None else value)
    kept = json.dumps({path: _known(value) for path, value in own.items()}, separators=(",", ":"), sort_keys=True)
    obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), HELD: kept}
    return True


def release(obj: Json) -> bool:
    """Give an object its own values back, in place; twice is once.

    Returns:
        Whether anything changed.
    """
    annotations = obj["metadata"].get("annotations") or {}
    own = own_values(obj)
    if own is None:
        return False
    del annotations[HELD]
    if not annotations:
        obj["metadata"].pop("annotations", None)
    for path, value in own.items():
        _write(obj, path, _ABSENT if value is None else value)
    return True


def own_values(obj: Json) -> Json | None:
    """The values that an object waits for, by dotted path; None where it does not wait."""
    text = (obj["metadata"].get("annotations") or {}).get(HELD)
    if text is None:
        return None
    try:
        own = json.loads(text)
    except ValueError:
        return None
    return own if isinstance(own, dict) else None


def as_patch(values: Json) -> Json:
    """Dotted paths as a merge patch; None takes a field away."""
    patch: Json = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        here = patch
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = value
    return patch


def _read(obj: Json, path: str) -> Any:
    here: Any = obj
    for part in path.split("."):
        if not isinstance(here, dict) or part not in here:
            return _ABSENT
        here = here[part]
    return here


def _write(obj: Json, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    here = obj
    for parent in parents:
        here = here.setdefault(parent, {})
    if value is _ABSENT:
        here.pop(last, None)
    else:
        here[last] = value


def _known(value: Any) -> Any:
    return None if value is _ABSENT else value
