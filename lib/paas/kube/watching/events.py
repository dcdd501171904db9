"""What a watch tells: an object came, changed or went."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

EventType = Literal["ADDED", "MODIFIED", "DELETED"]

#: Namespace (empty for what lives in none) and name.
Key = tuple[str, str]


class Seen(NamedTuple):
    """What is remembered of an object: enough to notice any change, and to say what went."""

    uid: str
    version: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one object.

    Attributes:
        type: ADDED, MODIFIED or DELETED.
        key: Its namespace and name.
        seen: Its uid, resourceVersion and labels; of a DELETED, as they were when it was last told.
        object: The whole object; None for a DELETED that was found by comparing a list with what was remembered,
            when nothing but `key` and `seen` is known any more.
    """

    type: EventType
    key: Key
    seen: Seen
    object: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """The same for the same change, however often it is delivered: uid, resourceVersion and type.

        A DELETED carries the version that was told last, not the one of the deletion: a deletion that is found later
        by comparing lists cannot know that one, and must have the same id.
        """
        return f"{self.seen.uid}.{self.seen.version}.{self.type}"


def key_of(item: Mapping[str, Any]) -> Key:
    """An object's namespace and name."""
    metadata = item.get("metadata") or {}
    return sys.intern(str(metadata.get("namespace") or "")), str(metadata.get("name") or "")


def seen_of(item: Mapping[str, Any]) -> Seen:
    """What is remembered of an object. Texts that many objects share are kept once."""
    metadata = item.get("metadata") or {}
    labels = metadata.get("labels") or {}
    return Seen(
        str(metadata.get("uid") or ""),
        str(metadata.get("resourceVersion") or ""),
        tuple((sys.intern(str(name)), sys.intern(str(value))) for name, value in labels.items()),
    )
