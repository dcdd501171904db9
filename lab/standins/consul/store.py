"""The state: keys in order, tombstones, sessions and ACL objects, changed in transactions that can be undone."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.standins.consul.entries import Entry, Session
from lab.standins.consul.journal import Journal, Row, rows_of
from lab.standins.consul.watches import Watches

ACL_KINDS = ("policy", "role", "token")


class Rejected(Exception):
    """A write that the state refuses; the message is Consul's. Whatever the transaction did is undone."""


class State:
    """Everything that a restart must bring back."""

    def __init__(self) -> None:
        self.index = 1  # of the last write; 1 is Raft's own
        self.kv_index = 0
        self.session_index = 0
        self.entries: dict[bytes, Entry] = {}
        self.keys: list[bytes] = []
        self.tombstones: dict[bytes, int] = {}
        self.sessions: dict[str, Session] = {}
        self.acl: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in ACL_KINDS}

    def under(self, prefix: bytes) -> list[bytes]:
        """The keys that begin with `prefix`, in order."""
        if not prefix:
            return list(self.keys)
        start = bisect.bisect_left(self.keys, prefix)
        end = start
        upper = _after(prefix)
        end = bisect.bisect_left(self.keys, upper, start) if upper else len(self.keys)
        return self.keys[start:end]

    def put(self, entry: Entry) -> None:
        """Insert or replace one entry."""
        if entry.key not in self.entries:
            if not self.keys or entry.key > self.keys[-1]:
                self.keys.append(entry.key)
            else:
                bisect.insort(self.keys, entry.key)
        self.entries[entry.key] = entry

    def drop(self, key: bytes) -> None:
        """Take one entry out."""
        del self.entries[key]
        del self.keys[bisect.bisect_left(self.keys, key)]

    def drop_many(self, keys: list[bytes]) -> None:
        """Take out a run of neighbouring keys."""
        if keys:
            start = bisect.bisect_left(self.keys, keys[0])
            del self.keys[start : start + len(keys)]
            for key in keys:
                del self.entries[key]


def _after(prefix: bytes) -> bytes:
    """The first string that sorts after everything beginning with `prefix`; empty where there is none."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else b""


class Store:
    """The state, its lock, its journal and its waiters."""

    def __init__(self, journal: Journal) -> None:
        self.lock = threading.RLock()
        self.watches = Watches()
        self.journal = journal
        self.state = State()
        journal.replay(self.state)

    @contextmanager
    def change(self) -> Iterator[Change]:
        """One write: the next index, all or nothing, journalled before anyone is told.

        Raises:
            Rejected: From inside; everything is undone, the index is used up all the same, as in Raft.
        """
        with self.lock:
            self.state.index += 1
            change = Change(self.state)
            try:
                yield change
            except BaseException:
                change.undo()
                raise
            self.journal.write(self.state.index, change.rows)
            if self.journal.is_long(self.state):
                self.journal.rewrite(self.state)
            if change.keys:
                self.watches.notify("kv", change.keys)
            for table in change.tables:
                self.watches.notify(table)

    def replace(self, state: State) -> None:
        """Put another state in place (a restored snapshot, a wipe); whoever waits is let go."""
        with self.lock:
            self.state = state
            self.journal.rewrite(state)
            self.watches.abandon()

    def dump(self) -> list[Row]:
        """The whole state as journal rows, for a snapshot."""
        with self.lock:
            return rows_of(self.state)


class Change:
    """One transaction in progress: what it did, and how to take it back."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.index = state.index
        self.rows: list[Row] = []
        self.keys: set[bytes] = set()
        self.tables: set[str] = set()
        self._undo: list[tuple[str, Any, Any]] = []
        self._indexes = (state.kv_index, state.session_index)

    def put(self, entry: Entry) -> None:
        """Write one entry."""
        self._undo.append(("kv", entry.key, self.state.entries.get(entry.key)))
        self.state.put(entry)
        self.rows.append(("kv", entry))
        self.keys.add(entry.key)
        self.state.kv_index = self.index

    def delete(self, key: bytes) -> None:
        """Delete one key that is there, and leave a tombstone."""
        self._undo.append(("kv", key, self.state.entries[key]))
        self.state.drop(key)
        self.rows.append(("del", key))
        self.keys.add(key)
        self.bury(key)

    def delete_tree(self, prefix: bytes) -> None:
        """Delete everything under a prefix; one tombstone, at the prefix, none for the whole tree."""
        keys = self.state.under(prefix)
        if not keys:
            return
        self._undo.append(("many", [self.state.entries[key] for key in keys], None))
        self.state.drop_many(keys)
        self.rows.append(("tree", prefix))
        self.keys.update(keys)
        self.state.kv_index = self.index
        if prefix:
            self.bury(prefix)

    def bury(self, key: bytes) -> None:
        """Leave a tombstone, so that the index of a list never falls when its newest key goes."""
        self._undo.append(("tomb", key, self.state.tombstones.get(key)))
        self.state.tombstones[key] = self.index
        self.rows.append(("tomb", key, self.index))
        self.state.kv_index = self.index

    def put_session(self, session: Session) -> None:
        """Write one session."""
        self._undo.append(("session", session.id, self.state.sessions.get(session.id)))
        self.state.sessions[session.id] = session
        self.rows.append(("session", session))
        self._touched_sessions()

    def delete_session(self, session_id: str) -> None:
        """Delete one session that is there; what it holds is the caller's to release."""
        self._undo.append(("session", session_id, self.state.sessions.pop(session_id)))
        self.rows.append(("nosession", session_id))
        self._touched_sessions()

    def put_acl(self, kind: str, item_id: str, item: dict[str, Any] | None) -> None:
        """Write one ACL policy, role or token; None deletes it."""
        table = self.state.acl[kind]
        self._undo.append((f"acl:{kind}", item_id, table.get(item_id)))
        if item is None:
            del table[item_id]
        else:
            table[item_id] = item
        self.rows.append(("acl", kind, item_id, item))
        self.tables.add("acl")

    def _touched_sessions(self) -> None:
        self.state.session_index = self.index
        self.tables.add("session")

    def undo(self) -> None:
        """Take everything back, last first."""
        for what, key, before in reversed(self._undo):
            if what == "kv" and before is None:
                self.state.drop(key)
            elif what == "kv":
                self.state.put(before)
            elif what == "many":
                for entry in key:
                    self.state.put(entry)
            else:
                self._undo_in_table(what, key, before)
        self.state.kv_index, self.state.session_index = self._indexes

    def _undo_in_table(self, what: str, key: Any, before: Any) -> None:
        if what.startswith("acl:"):
            table: dict[Any, Any] = self.state.acl[what[4:]]
        else:
            table = self.state.tombstones if what == "tomb" else self.state.sessions
        if before is None:
            table.pop(key, None)
        else:
            table[key] = before
