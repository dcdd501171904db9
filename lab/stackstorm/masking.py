"""Hides values that a schema calls secret, as StackStorm's API does: wholly, and only where the schema says so."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

MASK = "********"


def masked(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """A copy of the value, with what its schema calls secret replaced.

    Args:
        value: One parameter's value.
        schema: Its schema; properties of objects and items of arrays are followed.
    """
    said = schema or {}
    if said.get("secret"):
        return MASK
    if isinstance(value, dict) and isinstance(said.get("properties"), dict):
        return {name: masked(each, said["properties"].get(name)) for name, each in value.items()}
    if isinstance(value, list) and isinstance(said.get("items"), dict):
        return [masked(each, said["items"]) for each in value]
    return copy.deepcopy(value)


def masked_parameters(values: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Every parameter masked by the schema of its name."""
    return {name: masked(value, schemas.get(name)) for name, value in values.items()}
