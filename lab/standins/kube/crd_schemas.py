"""Whether a definition's schemas are structural, as far as a server must know it to serve them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .errors import Cause, Json, invalid_value, required
from .schemas import INT_OR_STRING, PRESERVE


def check(versions: list[Json]) -> list[Cause]:
    """What is wrong with the versions' schemas."""
    schemas = [(version.get("schema") or {}).get("openAPIV3Schema") for version in versions]
    # The server keeps one schema for all versions where they agree, and names it so.
    first = schemas[0] if schemas else None
    agree = first is not None and all(schema == first for schema in schemas)
    causes: list[Cause] = []
    for position, schema in enumerate(schemas):
        if schema is None:
            causes.append(required(f"spec.versions[{position}].schema.openAPIV3Schema"))
        elif not agree:
            causes += _structural(schema, f"spec.versions[{position}].schema.openAPIV3Schema")
    if first is not None and agree:
        causes += _structural(first, "spec.validation.openAPIV3Schema")
    return causes


def _structural(schema: Json, path: str) -> Iterator[Cause]:
    yield from _fields(schema, path)
    found = schema.get("type")
    if not found:
        yield required(f"{path}.type", "must not be empty at the root")
    elif found != "object":
        yield invalid_value(f"{path}.type", found, "must be object at the root")


def _fields(schema: Any, path: str) -> Iterator[Cause]:
    for name, inner in (schema.get("properties") or {}).items():
        here = f"{path}.properties[{name}]"
        if not _typed(inner):
            yield required(f"{here}.type", "must not be empty for specified object fields")
        yield from _fields(inner, here)
    items, extra = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict):
        if not _typed(items):
            yield required(f"{path}.items.type", "must not be empty for specified array items")
        yield from _fields(items, f"{path}.items")
    if isinstance(extra, dict):
        if not _typed(extra):
            yield required(f"{path}.additionalProperties.type", "must not be empty for specified object fields")
        yield from _fields(extra, f"{path}.additionalProperties")


def _typed(schema: Json) -> bool:
    return bool(schema.get("type") or schema.get(PRESERVE) or schema.get(INT_OR_STRING))
