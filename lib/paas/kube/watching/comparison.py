"""A list against what was told: the changes between them.

Versions are opaque and are compared for equality only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from paas.kube.watching.events import Event, Key, key_of, seen_of
from paas.kube.watching.known import Known


class Comparison:
    """One list, or one line of a stream, against what is known.

    The events are to be delivered while iterating: the next one depends on whether the last one was taken.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._present: set[Key] = set()

    def present(self, item: Mapping[str, Any]) -> Iterator[Event]:
        """An object is there."""
        key, seen = key_of(item), seen_of(item)
        self._present.add(key)
        before = self._known.get(key)
        if before is None:
            yield Event("ADDED", key, seen, item)
        elif before.uid != seen.uid:
            yield Event("DELETED", key, before)
            if key not in self._known:
                yield Event("ADDED", key, seen, item)
        elif before.version != seen.version:
            yield Event("MODIFIED", key, seen._replace(since=before.since), item)

    def still(self, key: Key) -> None:
        """An object is there as it was told."""
        self._present.add(key)

    def gone(self, key: Key, item: Mapping[str, Any]) -> Iterator[Event]:
        """An object was deleted, or no longer fits the selector; `item` is its last state."""
        before = self._known.get(key)
        # What was never told, or is another object by now, did not end.
        if before is not None and before.uid == seen_of(item).uid:
            yield Event("DELETED", key, before, item)

    def absent(self) -> Iterator[Event]:
        """The list is complete: what is known and was not in it."""
        for key in self._known:
            before = self._known.get(key)
            if key not in self._present and before is not None:
                yield Event("DELETED", key, before)
