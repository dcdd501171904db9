"""The store on disk: every change a line, so that a server killed and started again in its folder goes on.

The history does not survive: a watch from before the restart is told 410, as after a compaction.
"""

from __future__ import annotations

import bisect
import json
import os
from pathlib import Path
from typing import Any

from .store import Event, Store, Stored


class Journal:
    """One file. Lines reach the operating system at once, so that a killed process loses none.

    Args:
        path: Where it is, or will be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def restore(self, store: Store) -> list[tuple[str, Stored]]:
        """Fill an empty store with what the journal tells, and keep the journal from now on.

        Returns:
            The objects and their tables.
        """
        last: dict[tuple[str, str], Any] = {}
        if self._path.exists():
            for line in self._path.read_bytes().split(b"\n"):
                try:
                    change = json.loads(line)
                except ValueError:  # the end of a line that a kill cut off
                    continue
                store.version = max(store.version, change["version"])
                place = (change["table"], change["key"])
                if change["object"] is None:
                    last.pop(place, None)
                else:
                    last[place] = change["object"]
        found = []
        for (name, key), value in last.items():
            table = store.table(name)
            stored = Stored(key, value, int(value["metadata"]["resourceVersion"]))
            table.objects[key] = stored
            bisect.insort(table.keys, key)
            found.append((name, stored))
        store.compact()
        self._begin(store, found)
        store.listeners.append(self._note)
        return found

    def _begin(self, store: Store, found: list[tuple[str, Stored]]) -> None:
        """Write what is there into a new file, and put it in the old one's place."""
        partial = self._path.with_suffix(".partial")
        file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        for name, stored in found:
            os.write(file, _line(name, stored, store.version, gone=False))
        os.replace(partial, self._path)
        self._file = file

    def _note(self, table: str, event: Event) -> None:
        os.write(self._file, _line(table, event.now, event.version, gone=event.type == "DELETED"))

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _line(table: str, stored: Stored, version: int, *, gone: bool) -> bytes:
    value = stored.object
    encoded = b"null" if gone else stored.encoded(value.get("apiVersion", ""), value.get("kind", ""))
    head = json.dumps({"table": table, "key": stored.key, "version": version})
    return head[:-1].encode() + b',"object":' + encoded + b"}\n"
