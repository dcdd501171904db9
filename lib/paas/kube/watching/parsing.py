"""A line of a watch as an event's type and object."""

from __future__ import annotations

import json
from typing import Any

from paas.errors import PaasError
from paas.kube.watching.steps import Source

_TYPES = ("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR")


class CorruptStream(PaasError):
    """A stream sends what is no event; listing again loses nothing."""

    def __init__(self, source: Source, problem: str) -> None:
        super().__init__(f"Kubernetes {source.cluster}: the watch on {source.target} {problem}")


def parse(line: bytes, source: Source) -> tuple[str, dict[str, Any]]:
    """The type (`ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK`, `ERROR`) and the object.

    Raises:
        CorruptStream: The line is no event. It is not quoted: it may hold a Secret.
    """
    try:
        change = json.loads(line)
        kind, item = change["type"], change["object"]
        if kind not in _TYPES or not isinstance(item, dict):
            raise TypeError
        if kind != "ERROR" and not isinstance(item["metadata"]["resourceVersion"], str):
            raise TypeError
    except (ValueError, TypeError, KeyError) as error:
        raise CorruptStream(source, f"sent a line of {len(line)} bytes that is no event; listing again") from error
    return kind, item
