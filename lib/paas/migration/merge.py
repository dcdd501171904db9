"""Merging what is wanted into an object that is there: nothing of it is taken away."""

from __future__ import annotations

from typing import Any

from paas.migration.json_types import Json


def merge_missing(target: Json, wanted: Json, *, ours_wins: bool) -> list[str]:
    """Add to a live object, in place, what is wanted and missing there.

    Returns:
        The fields of which both say something else; where `ours_wins` they are overwritten instead.
    """
    clashes: list[str] = []
    for field, value in wanted.items():
        if field in ("apiVersion", "kind"):
            continue
        if field == "metadata":
            for part in ("labels", "annotations"):
                if value.get(part):
                    target["metadata"][part] = _merged(
                        target["metadata"].get(part), value[part], part, clashes, ours_wins
                    )
        else:
            target[field] = _merged(target.get(field), value, field, clashes, ours_wins)
    return clashes


def _merged(there: Any, wanted: Any, field: str, clashes: list[str], ours_wins: bool) -> Any:
    if there is None:
        return wanted
    if isinstance(there, dict) and isinstance(wanted, dict):
        result = dict(there)
        for name, value in wanted.items():
            result[name] = _merged(there.get(name), value, f"{field}.{name}", clashes, ours_wins)
        return result
    if isinstance(there, list) and isinstance(wanted, list):
        return [*there, *(each for each in wanted if each not in there)]
    if there != wanted:
        if ours_wins:
            return wanted
        clashes.append(field)
    return there
