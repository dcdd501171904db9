"""What a watch has told so far: one small entry an object, kept in shards that can be saved one by one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from zlib import crc32

from paas.kube.watching.events import Key, Seen

#: Objects a shard; at about 200 bytes each a shard is some 100 KB of JSON.
SHARD = 500


class Known:
    """`{(namespace, name): (uid, resourceVersion, labels)}`.

    One thread changes it, another may take shards to save them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shards: list[dict[Key, Seen]] = [{}]
        self._size = 0
        self._dirty = {0}  # even an empty one is saved: it says that nothing is known

    def __len__(self) -> int:
        return self._size

    def __contains__(self, key: Key) -> bool:
        return key in self._shard(key)

    def get(self, key: Key) -> Seen | None:
        """What was told of an object, None where nothing was."""
        return self._shard(key).get(key)

    def __iter__(self) -> Iterator[Key]:
        # What is dropped meanwhile may or may not come.
        for shard in list(self._shards):
            yield from list(shard)

    def put(self, key: Key, seen: Seen) -> None:
        """An object was told."""
        with self._lock:
            index = self._index(key)
            shard = self._shards[index]
            self._size += key not in shard
            shard[key] = seen
            self._dirty.add(index)
            if self._size > SHARD * len(self._shards):
                self._spread(2 * len(self._shards))

    def drop(self, key: Key) -> None:
        """An object's end was told."""
        with self._lock:
            index = self._index(key)
            if self._shards[index].pop(key, None) is not None:
                self._size -= 1
                self._dirty.add(index)

    def fill(self, entries: Iterable[tuple[Key, Seen]], *, shards: int) -> None:
        """Take what was saved in that many shards; nothing of it needs saving again."""
        with self._lock:
            self._shards = [{} for _ in range(shards)]
            for key, seen in entries:
                self._shards[self._index(key)][key] = seen
            self._size = sum(map(len, self._shards))
            self._dirty = set()

    @property
    def shards(self) -> int:
        """How many shards there are; it only grows."""
        return len(self._shards)

    @property
    def changed(self) -> bool:
        """Whether there is anything to save."""
        return bool(self._dirty)

    def take_dirty(self) -> list[int]:
        """The shards that have changed since this was asked last."""
        with self._lock:
            dirty, self._dirty = sorted(self._dirty), set()
            return dirty

    def give_back(self, dirty: Iterable[int]) -> None:
        """Shards that were taken and could not be saved."""
        with self._lock:
            # Where they were split meanwhile all of them are dirty anyway.
            self._dirty.update(index for index in dirty if index < len(self._shards))

    def shard(self, index: int, *, of: int) -> list[tuple[Key, Seen]] | None:
        """A copy of one shard; None where there are no longer `of` of them."""
        with self._lock:
            return list(self._shards[index].items()) if of == len(self._shards) else None

    def _shard(self, key: Key) -> dict[Key, Seen]:
        return self._shards[self._index(key)]

    def _index(self, key: Key) -> int:
        # Not hash(): it differs from process to process.
        return crc32(f"{key[0]}/{key[1]}".encode()) % len(self._shards)

    def _spread(self, shards: int) -> None:
        old, self._shards = self._shards, [{} for _ in range(shards)]
        for shard in old:
            for key, seen in shard.items():
                self._shards[self._index(key)][key] = seen
        self._dirty = set(range(shards))
