"""Where a watch remembers what it has told: in a datastore, in shards, at most every few seconds.

A position is a head, `<name>`, which says of which cluster and in how many shards, and the shards, `<name>.<n>.<i>`.
A crash at any point leaves a state that once was true, so that the next start tells some changes again, and none
less. Nothing but names, uids, versions and labels is in it.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from paas.kube.watching.events import Key, Seen
from paas.kube.watching.known import Known

_LOG = logging.getLogger(__name__)
FORMAT = 1


class Datastore(Protocol):
    """Keys and values, as StackStorm keeps them."""

    def get(self, name: str) -> str | None:
        """A value, None where there is none."""

    def set(self, name: str, value: str) -> None:
        """Write a value."""

    def delete(self, name: str) -> None:
        """Remove a value, if it is there."""


class Position:
    """What one watch has told, and where it is saved.

    The watch's thread changes `known`; another one may call `save`.

    Args:
        datastore: Where it is saved.
        name: The head's key; unique among watches.
    """

    def __init__(self, datastore: Datastore, name: str) -> None:
        self.name = name
        self.known = Known()
        self.identity: str | None = None
        self._datastore = datastore
        self._saving = threading.Lock()
        self._head: dict[str, Any] | None = None
        self._loaded = False
        #: Called after `known` or `identity` changed; the saver sets it.
        self.touch: Callable[[], None] = lambda: None

    def load(self, select: Callable[[Key], bool] = lambda key: True) -> str | None:
        """Read what was saved into `known`, once; the identity of its cluster, None where nothing was.

        Args:
            select: Which objects still count; the others are not known any more.

        Raises:
            Exception: Whatever the datastore raises; nothing is known then, and nothing can be saved.
        """
        if self._loaded:
            return self.identity
        text = self._datastore.get(self.name)
        head = json.loads(text) if text else None
        if head is not None and head.get("format") == FORMAT:
            entries: list[tuple[Key, Seen]] = []
            for index in range(head["shards"]):
                entries += self._read(self._shard_name(head["shards"], index))
            self.known.fill(entries, shards=head["shards"])
            for key in [key for key, _ in entries if not select(key)]:
                self.known.drop(key)
            self.identity = head["identity"]
            self._head = head
        self._loaded = True
        return self.identity

    @property
    def changed(self) -> bool:
        """Whether there is anything to save."""
        return self._loaded and (self.known.changed or self._head != self._head_now())

    def save(self) -> None:
        """Write the shards that have changed, then the head if need be.

        Raises:
            Exception: Whatever the datastore raises; what was not written stays to be saved.
        """
        with self._saving:
            if not self._loaded:
                return
            shards, dirty = self.known.shards, self.known.take_dirty()
            try:
                while dirty:
                    entries = self.known.shard(dirty[0], of=shards)
                    if entries is None:  # there are more shards by now; all of them are dirty
                        return
                    self._datastore.set(self._shard_name(shards, dirty[0]), _written(entries))
                    dirty.pop(0)
            finally:
                self.known.give_back(dirty)
            head = {**self._head_now(), "shards": shards}
            if head != self._head:
                self._datastore.set(self.name, json.dumps(head))
                before, self._head = self._head, head
                if before is not None and before["shards"] != shards:
                    self._remove(before["shards"])

    def forget(self) -> None:
        """Remove what was saved. The head goes first: shards without it are nothing."""
        with self._saving:
            self._loaded = False
            self._datastore.delete(self.name)
            self._remove(self.known.shards if self._head is None else self._head["shards"])

    def _head_now(self) -> dict[str, Any]:
        return {"format": FORMAT, "identity": self.identity, "shards": self.known.shards}

    def _shard_name(self, shards: int, index: int) -> str:
        return f"{self.name}.{shards}.{index}"

    def _read(self, name: str) -> list[tuple[Key, Seen]]:
        text = self._datastore.get(name)
        if text is None:
            _LOG.warning("a part of a watch's position is gone, %s; its objects are told again", name)
            return []
        return [
            ((namespace, object_name), Seen(uid, version, tuple(labels.items()), since))
            for namespace, object_name, uid, version, labels, since in json.loads(text)
        ]

    def _remove(self, shards: int) -> None:
        for index in range(shards):
            self._datastore.delete(self._shard_name(shards, index))


def _written(entries: list[tuple[Key, Seen]]) -> str:
    return json.dumps(
        [[*key, seen.uid, seen.version, dict(seen.labels), seen.since] for key, seen in entries], separators=(",", ":")
    )
