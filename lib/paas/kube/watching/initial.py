"""WatchList: the objects that are there come as events, until a bookmark marks their end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from paas.kube.watching.comparison import Comparison
from paas.kube.watching.events import Event, Key, Seen, key_of, seen_of
from paas.kube.watching.known import Known

#: Bytes of changed objects that are held until the marker comes; more are better listed by pages.
MOST = 8 * 1024 * 1024


class InitialList:
    """Holds the objects until the marker; nothing of it is told before.

    Of an object that has not changed only uid, version and labels are held, of the others their line, which takes
    a tenth of the memory of the object that it describes.
    """

    def __init__(self, known: Known, *, most: int = MOST) -> None:
        self._known = known
        self._most = most
        self._held: dict[Key, tuple[Seen, bytes]] = {}
        self._size = 0

    def take(self, kind: str, item: Mapping[str, Any], line: bytes) -> None:
        """An ADDED, MODIFIED or DELETED before the marker."""
        key, seen = key_of(item), seen_of(item)
        self._size -= len(self._held.pop(key, (seen, b""))[1])
        if kind != "DELETED":
            before = self._known.get(key)
            self._held[key] = (before, b"") if before is not None and seen.same(before) else (seen, line)
            self._size += len(self._held[key][1])

    @property
    def too_large(self) -> bool:
        """Whether more is held than is good."""
        return self._size > self._most

    def compare(self) -> Iterator[Event]:
        """The marker came: what changed since it was told last, to be delivered while iterating."""
        comparison = Comparison(self._known)
        for key in list(self._held):
            seen, line = self._held[key]
            self._held[key] = (seen, b"")
            if line:
                yield from comparison.present(json.loads(line)["object"])
            else:
                comparison.still(key)
        yield from comparison.absent()
