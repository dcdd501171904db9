"""Tables of custom kinds, for kubectl: a definition's printer columns, a row an object."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from .cluster import Cluster
from .errors import Json
from .kinds import Kind
from .store import Stored, encode

_NAME: Json = {
    "name": "Name",
    "type": "string",
    "format": "name",
    "description": "Name must be unique within a namespace.",
    "priority": 0,
}
_AGE: Json = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[\?\(@\.([\w.-]+)==[\"']([^\"']*)[\"']\)\]|\['([^']+)'\]")


def wanted(headers: Mapping[str, str]) -> bool:
    """Whether a client would rather have a table."""
    first = headers.get("accept", "").split(",")[0].replace(" ", "")
    return "as=Table" in first and "v=v1;" in first + ";"


def table(cluster: Cluster, kind: Kind, found: list[Stored], metadata: Json) -> bytes:
    """Objects of a custom kind as a Table."""
    columns: list[Json] = list(kind.columns or [_AGE])
    now = cluster.clock()
    rows = [
        {
            "cells": [one.object["metadata"]["name"], *(_cell(one.object, column, now) for column in columns)],
            "object": {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": one.object["metadata"],
            },
        }
        for one in found
    ]
    definitions = [_NAME, *(_definition(column) for column in columns)]
    head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions}
    return encode({**head, "rows": rows})


def _definition(column: Json) -> Json:
    about = column.get("description") or f"Custom resource definition column (in JSONPath format): {column['jsonPath']}"
    return {
        "name": column["name"],
        "type": column["type"],
        "format": column.get("format", ""),
        "description": about,
        "priority": column.get("priority", 0),
    }


def _cell(value: Json, column: Json, now: float) -> Any:
    found = look(value, column["jsonPath"])
    if column["type"] == "date" and isinstance(found, str):
        return age(found, now)
    if column["type"] in ("integer", "number", "boolean") or found is None:
        return found
    return found if isinstance(found, str) else encode(found).decode()


def look(value: Any, path: str) -> Any:
    """What a JSONPath of the simple kind leads to: fields, positions, `[?(@.type=="Ready")]`; None for nothing."""
    for field, position, key, text, quoted in _STEP.findall(path):
        if field or quoted:
            value = value.get(field or quoted) if isinstance(value, dict) else None
        elif position:
            value = value[int(position)] if isinstance(value, list) and int(position) < len(value) else None
        else:
            items = value if isinstance(value, list) else []
            value = next((one for one in items if isinstance(one, dict) and str(one.get(key)) == text), None)
    return value


def age(moment: str, now: float) -> str:
    """How long ago a moment was, as kubectl writes it: 5s, 3m10s, 12m, 5h, 3d."""
    then = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    seconds = max(0, int(now - then))
    if seconds < 120:
        return f"{seconds}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 10:
        return f"{minutes}m{rest}s" if rest else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    hours, rest = divmod(minutes, 60)
    if hours < 8:
        return f"{hours}h{rest}m" if rest else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    days, rest = divmod(hours, 24)
    return f"{days}d{rest}h" if days < 8 and rest else f"{days}d"
