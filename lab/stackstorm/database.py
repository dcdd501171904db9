"""One SQLite file, shared by the service's threads: statements are short, and one runs at a time."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any


def new_id() -> str:
    """An identifier of StackStorm's shape: 24 hex digits that begin with the time."""
    return f"{int(time.time()):08x}{random.getrandbits(64):016x}"


class Database:
    """A thread-safe door to one SQLite file, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.Lock()
        self._closed = False
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")

    def execute(self, statement: str, parameters: tuple[Any, ...] = ()) -> int:
        """Run one statement that changes something, and return how many rows it changed."""
        with self._lock:
            return 0 if self._closed else self._connection.execute(statement, parameters).rowcount

    def rows(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """All rows of a query; every query of the lab has a limit of its own."""
        with self._lock:
            return [] if self._closed else self._connection.execute(statement, parameters).fetchall()

    def row(self, statement: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def close(self) -> None:
        """Close the file; later statements do nothing, so that a late thread does not fail at shutdown."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()
