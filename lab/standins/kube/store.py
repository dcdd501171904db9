"""The objects and their history: one version counter, a table a resource, compare by version, rollback for pages."""

from __future__ import annotations

import bisect
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import Json


def encode(value: Any) -> bytes:
    """JSON as compact UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def clone(value: Any) -> Any:
    """A deep copy of JSON."""
    if isinstance(value, dict):
        return {key: clone(part) for key, part in value.items()}
    if isinstance(value, list):
        return [clone(part) for part in value]
    return value


class Stored:
    """One object at one version. Its `object` is shared by readers and never changed.

    `rest` is its JSON without `apiVersion`, `kind` and the opening brace, so that lists and watches put the apiVersion
    asked for before it and never encode again.
    """

    __slots__ = ("key", "object", "rest", "version")

    def __init__(self, key: str, value: Json, version: int) -> None:
        self.key = key
        self.object = value
        self.version = version
        self.rest = encode({name: part for name, part in value.items() if name not in ("apiVersion", "kind")})[1:]

    def encoded(self, api_version: str, kind: str) -> bytes:
        """The whole object under the apiVersion and kind asked for."""
        return b'{"apiVersion":"%s","kind":"%s",%s' % (api_version.encode(), kind.encode(), self.rest)

    def bare(self) -> bytes:
        """The object without apiVersion and kind, as a list of a built-in kind carries it."""
        return b"{" + self.rest


@dataclass(frozen=True)
class Event:
    """One change: `before` is None for ADDED; for DELETED `now` is the last state at the version of its deletion."""

    type: str
    version: int
    now: Stored
    before: Stored | None


@dataclass
class Table:
    """All objects of one resource, and what happened to them lately."""

    name: str
    objects: dict[str, Stored] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    first: int = 0  # the sequence number of events[0]: what was trimmed before it
    oldest: int = 0  # changes up to this version are forgotten
    epoch: int = 0  # moves on when the resource is served anew or no more: running watches end
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def end(self) -> int:
        """The sequence number after the last event."""
        return self.first + len(self.events)

    def since(self, position: int) -> list[Event] | None:
        """The events from a sequence number on; None when some of them are forgotten."""
        with self.changed:
            return None if position < self.first else self.events[position - self.first :]

    def forget(self, count: int) -> None:
        """Drop the first `count` events."""
        with self.changed:
            if count > 0:
                self.oldest = self.events[count - 1].version
                del self.events[:count]
                self.first += count


class TooOld(Exception):
    """The version asked for is no longer in the history."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")
        self.asked = asked
        self.oldest = oldest


class Store:
    """Every table of a cluster. Writers hold `lock` over read, decision and `commit`; readers need none.

    Args:
        history: How many events a table keeps.
        first_version: The counter's start; two clusters need not share numbers.
    """

    def __init__(self, *, history: int = 20_000, first_version: int = 1) -> None:
        self.lock = threading.RLock()
        self.version = first_version
        self.history = history
        self.compacted = 0
        self.tables: dict[str, Table] = {}
        self.listeners: list[Callable[[str, Event], None]] = []

    def table(self, name: str) -> Table:
        """The table of a resource, made on first use."""
        found = self.tables.get(name)
        if found is None:
            with self.lock:
                found = self.tables.setdefault(name, Table(name, oldest=self.compacted))
        return found

    def get(self, table: str, key: str) -> Stored | None:
        """The stored object, if there is one."""
        return self.table(table).objects.get(key)

    def put(self, table: str, key: str, value: Json) -> Stored:
        """Create or replace an object; the caller holds `lock` and gives `value` away."""
        with self.lock:
            where = self.table(table)
            before = where.objects.get(key)
            self.version += 1
            value["metadata"]["resourceVersion"] = str(self.version)
            now = Stored(key, value, self.version)
            where.objects[key] = now
            if before is None:
                bisect.insort(where.keys, key)
            self._happened(where, Event("MODIFIED" if before else "ADDED", self.version, now, before))
            return now

    def remove(self, table: str, key: str) -> Stored:
        """Delete an object; the caller holds `lock` and knows that it is there."""
        with self.lock:
            where = self.table(table)
            before = where.objects.pop(key)
            where.keys.pop(bisect.bisect_left(where.keys, key))
            self.version += 1
            last = {**before.object, "metadata": {**before.object["metadata"], "resourceVersion": str(self.version)}}
            now = Stored(key, last, self.version)
            self._happened(where, Event("DELETED", self.version, now, before))
            return now

    def _happened(self, where: Table, event: Event) -> None:
        with where.changed:
            where.events.append(event)
            surplus = len(where.events) - self.history
        if surplus > self.history // 10:  # in steps: dropping the head of a list moves all of it
            where.forget(surplus)
        with where.changed:
            where.changed.notify_all()
        for listener in self.listeners:
            listener(where.name, event)

    def end_streams(self, table: str) -> None:
        """Let the running watches of a resource end: what it serves has changed."""
        where = self.table(table)
        with where.changed:
            where.epoch += 1
            where.changed.notify_all()

    def compact(self) -> int:
        """Forget all history up to now; returns the version up to which it is gone."""
        with self.lock:
            for table in self.tables.values():
                table.forget(len(table.events))
                table.oldest = self.version
            self.compacted = self.version
            return self.version

    def position(self, table: str, version: int) -> int:
        """Where in a table's events a watch from `version` begins.

        Raises:
            TooOld: That part of the history is forgotten.
        """
        where = self.table(table)
        with self.lock:
            if version < where.oldest:
                raise TooOld(version, where.oldest)
            return where.first + bisect.bisect_right(where.events, version, key=lambda event: event.version)

    def page(
        self, table: str, *, prefix: str = "", after: str = "", limit: int = 0, version: int | None = None
    ) -> tuple[list[Stored], int, int]:
        """Objects in order of their keys, as they were at a version.

        Args:
            table: The resource.
            prefix: Only keys that begin so (`namespace/`).
            after: Only keys past this one.
            limit: At most so many; 0 for all.
            version: The moment; None for now.

        Returns:
            The objects, the version they are of, and how many more there are.

        Raises:
            TooOld: That moment is no longer in the history.
        """
        with self.lock:
            where = self.table(table)
            if version is not None and version < where.oldest:
                raise TooOld(version, where.oldest)
            past = self._past(where, version) if version is not None and version < self.version else {}
            keys = where.keys
            if past:
                keys = sorted(set(keys) | set(past))
            start = bisect.bisect_right(keys, after) if after else bisect.bisect_left(keys, prefix)
            end = bisect.bisect_left(keys, prefix + "\U0010ffff") if prefix else len(keys)
            found: list[Stored] = []
            position = start
            while position < end and not (limit and len(found) >= limit):
                one = past[keys[position]] if keys[position] in past else where.objects.get(keys[position])
                if one is not None:
                    found.append(one)
                position += 1
            return found, self.version if version is None else version, max(0, end - position)

    @staticmethod
    def _past(where: Table, version: int) -> dict[str, Stored | None]:
        """What differs from now at an earlier version: the newest event undone first, the oldest wins."""
        past: dict[str, Stored | None] = {}
        for event in reversed(where.events):
            if event.version <= version:
                break
            past[event.now.key] = event.before
        return past
