"""Saves positions now and then, beside the watches and not in their way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from paas.kube.watching.positions import Position

_LOG = logging.getLogger(__name__)
#: Seconds between two saves, at least.
EVERY = 3.0
#: Seconds between two rounds where nothing changed.
IDLE = 10.0
#: A datastore that takes long is asked less often: saving takes no more than this share of the time.
SHARE = 0.1


class Saver:
    """Saves what has changed in a thread of its own, and once more when stopped.

    The first change after a quiet time is saved at once, so that a process which is killed later repeats nothing;
    what changes after that waits for its turn.

    Args:
        also: Called after every round, for whatever else is written now and then.
        every: Seconds between two rounds with changes.
    """

    def __init__(self, *, also: Callable[[], None] | None = None, every: float = EVERY) -> None:
        self._positions: dict[str, Position] = {}
        self._also = also
        self._every = every
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._failing = False
        self._thread: threading.Thread | None = None

    def add(self, position: Position) -> None:
        """Save this one too."""
        self._positions[position.name] = position
        position.touch = self._changed.set

    def remove(self, position: Position) -> None:
        """Save this one no longer."""
        self._positions.pop(position.name, None)

    def start(self) -> None:
        """Run in a thread of its own."""
        thread = threading.Thread(target=self._run, name="watch positions", daemon=True)
        thread.start()
        self._thread = thread  # only now may stop() wait for it

    def stop(self) -> None:
        """Save a last time; the watches are to be stopped before."""
        self._stopping.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join(2)
        self.round()

    def round(self) -> float:
        """Save what has changed; the seconds before which there should be no other round."""
        began = time.monotonic()
        try:
            for position in list(self._positions.values()):
                if position.changed:
                    position.save()
            if self._also is not None:
                self._also()
            self._failing = False
        except Exception as error:  # noqa: BLE001 - the datastore may be away for a while; the watches live on
            if not self._failing:
                _LOG.warning("positions cannot be saved, which is tried again until it works: %s", error)
            self._failing = True
        return max(self._every, (time.monotonic() - began) / SHARE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait(IDLE)
            self._changed.clear()
            self._stopping.wait(self.round())
