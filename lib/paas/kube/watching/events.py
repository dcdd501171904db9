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
    """What is remembered of an object: enough to notice any change, and to say what went.

    Attributes:
        uid: Its uid.
        version: Its resourceVersion.
        labels: Its labels.
        since: The version at which it was told to be there.
    """

    uid: str
    version: str
    labels: tuple[tuple[str, str], ...]
    since: str

    def same(self, other: Seen | None) -> bool:
        """Whether it is the same object in the same version."""
        return other is not None and self.uid == other.uid and self.version == other.version


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

        A DELETED has the version at which the object was told to be there. The version of the deletion itself is not
        known where the deletion is noticed later, and the one before it may not have been saved yet before a crash.
        """
        version = self.seen.since if self.type == "DELETED" else self.seen.version
        return f"{self.seen.uid}.{version}.{self.type}"


def key_of(item: Mapping[str, Any]) -> Key:
    """An object's namespace and name."""
    metadata = item.get("metadata") or {}
    return sys.intern(str(metadata.get("namespace") or "")), str(metadata.get("name") or "")


def seen_of(item: Mapping[str, Any]) -> Seen:
    """What is remembered of an object, there since now. Texts that many objects share are kept once."""
    metadata = item.get("metadata") or {}
    labels = metadata.get("labels") or {}
    version = str(metadata.get("resourceVersion") or "")
    return Seen(
        str(metadata.get("uid") or ""),
        version,
        tuple((sys.intern(str(name)), sys.intern(str(value))) for name, value in labels.items()),
        version,
    )
