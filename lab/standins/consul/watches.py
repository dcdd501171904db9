"""Who waits for what: a blocking query sleeps until a key under its prefix, or a table, changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class Watch:
    """One waiter's interest. `exact` means the key itself, otherwise everything that begins with it."""

    def __init__(self, table: str, key: bytes = b"", *, exact: bool = False) -> None:
        self.table = table
        self.key = key
        self.exact = exact
        self.abandoned = False
        self._changed = threading.Event()

    def wants(self, key: bytes) -> bool:
        """Whether a change of `key` concerns it."""
        return key == self.key if self.exact else key.startswith(self.key)

    def wake(self) -> None:
        """Let the waiter look again."""
        self._changed.set()

    def wait(self, seconds: float) -> bool:
        """Sleep until woken, at most `seconds`; False where the time ran out."""
        return self._changed.wait(seconds)


class Watches:
    """All waiters of one store; called with the store's lock held."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()

    def add(self, watch: Watch) -> None:
        """Begin to wake this waiter."""
        self._watches.add(watch)

    def remove(self, watch: Watch) -> None:
        """Wake it no more."""
        self._watches.discard(watch)

    def notify(self, table: str, keys: Iterable[bytes] = (b"",)) -> None:
        """Wake whoever wants one of the keys of this table."""
        concerned = [watch for watch in self._watches if watch.table == table]
        if not concerned:
            return
        changed = list(keys)
        for watch in concerned:
            if any(watch.wants(key) for key in changed):
                watch.wake()

    def abandon(self) -> None:
        """Wake everyone: the state that they look at is gone (a snapshot was restored)."""
        for watch in self._watches:
            watch.abandoned = True
            watch.wake()
