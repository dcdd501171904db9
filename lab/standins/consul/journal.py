"""What lets a restart bring everything back: one line a write, appended before the client hears of it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.standins.consul.entries import Entry, Session

if TYPE_CHECKING:
    from lab.standins.consul.store import State

Row = tuple[Any, ...]
# The file is written anew in short form when it has this many lines more than twice the keys.
SLACK = 200_000


class Journal:
    """An append-only file of JSON lines. A line that a crash cut short is dropped when it is read again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / "state.jsonl"
        self._file = self._path.open("ab")
        self._lines = 0

    def replay(self, state: State) -> None:
        """Bring a state back, and write it out again in short form."""
        for line in self._path.read_bytes().split(b"\n"):
            try:
                index, rows = json.loads(line)
            except ValueError:
                continue  # the last line of a process that was killed in the middle of it
            state.index = index
            apply_rows(state, rows, index)
        self.rewrite(state)

    def write(self, index: int, rows: Iterable[Row]) -> None:
        """Append one write; the line is with the kernel when this returns."""
        packed = [_pack(row) for row in rows]
        self._file.write(json.dumps([index, packed], separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        self._lines += 1

    def is_long(self, state: State) -> bool:
        """Whether most of the file is history."""
        return self._lines > SLACK + 2 * len(state.keys)

    def rewrite(self, state: State) -> None:
        """Put the state as it is in place of its history, in one move."""
        self._file.close()
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as out:
            for row in rows_of(state):
                out.write(json.dumps([state.index, [_pack(row)]], separators=(",", ":")).encode() + b"\n")
            out.write(json.dumps([state.index, []]).encode() + b"\n")
        os.replace(fresh, self._path)
        self._file = self._path.open("ab")
        self._lines = 0

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def rows_of(state: State) -> list[Row]:
    """A whole state as rows."""
    rows: list[Row] = [("kv", entry) for entry in map(state.entries.__getitem__, state.keys)]
    rows += [("tomb", key, index) for key, index in state.tombstones.items()]
    rows += [("session", session) for session in state.sessions.values()]
    rows += [("acl", kind, item_id, item) for kind, table in state.acl.items() for item_id, item in table.items()]
    rows.append(("indexes", state.kv_index, state.session_index))
    return rows


def pack_rows(rows: Iterable[Row]) -> list[list[Any]]:
    """Rows in the form that JSON can carry."""
    return [_pack(row) for row in rows]


def _pack(row: Row) -> list[Any]:
    kind = row[0]
    if kind == "kv":
        entry: Entry = row[1]
        value = None if entry.value is None else base64.b64encode(entry.value).decode()
        return ["kv", entry.key.decode("latin-1"), value, *entry[2:]]
    if kind in ("del", "tree", "tomb"):
        return [kind, row[1].decode("latin-1"), *row[2:]]
    if kind == "session":
        return ["session", row[1].as_json()]
    return list(row)


def apply_rows(state: State, rows: Iterable[list[Any]], index: int) -> None:
    """Do to a state what packed rows say."""
    for kind, *rest in rows:
        if kind == "kv":
            key, value, *numbers = rest
            state.put(Entry(key.encode("latin-1"), None if value is None else base64.b64decode(value), *numbers))
            state.kv_index = index
        elif kind == "del":
            state.drop(rest[0].encode("latin-1"))
            state.kv_index = index
        elif kind == "tree":
            state.drop_many(state.under(rest[0].encode("latin-1")))
            state.kv_index = index
        elif kind == "tomb":
            state.tombstones[rest[0].encode("latin-1")] = rest[1]
        elif kind == "indexes":
            state.kv_index, state.session_index = rest
        else:
            _apply_to_table(state, kind, rest, index)


def _apply_to_table(state: State, kind: str, rest: list[Any], index: int) -> None:
    if kind == "session":
        session = Session.of_json(rest[0])
        state.sessions[session.id] = session
        state.session_index = index
    elif kind == "nosession":
        state.sessions.pop(rest[0], None)
        state.session_index = index
    elif kind == "acl":
        table, item_id, item = rest
        if item is None:
            state.acl[table].pop(item_id, None)
        else:
            state.acl[table][item_id] = item
