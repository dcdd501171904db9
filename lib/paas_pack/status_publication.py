"""When a sensor writes how its watches are doing: soon when they fare otherwise, else seldom.

StackStorm stores a trigger instance for every write of a key, so each write costs a row that nobody asked for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from paas.kube.watching import WatchStatus

#: Seconds between two writes while the watches fare the same; `sensor_status` takes a sensor for down after three.
EVERY = 30.0
#: Seconds between two writes at least, however much happens.
SOONEST = 5.0


class StatusPublication:
    """Writes the statuses of a sensor's watches.

    Args:
        write: Takes the JSON text `{"at": Unix seconds, "watches": [...]}`.
        clock: Unix seconds.
    """

    def __init__(self, write: Callable[[str], None], *, clock: Callable[[], float] = time.time) -> None:
        self._write = write
        self._clock = clock
        self._at = 0.0
        self._faring: object = None

    def publish(self, statuses: Sequence[WatchStatus], *, last: bool = False) -> None:
        """Write them if it is time, or if nothing will be written after this."""
        now = self._clock()
        faring = [(each.name, each.state, each.error) for each in statuses]
        if not last and now - self._at < (EVERY if faring == self._faring else SOONEST):
            return
        self._at, self._faring = now, faring
        self._write(json.dumps({"at": now, "watches": [each.as_json() for each in statuses]}))
