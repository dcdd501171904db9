"""Time, handed in: the machine's own, or a test's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds that pass, a way to let them pass, and the time of day for what people read."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    time_of_day: Callable[[], float] = time.time

    def stamp(self) -> str:
        """The time of day in UTC, such as 2026-11-23T15:04:05Z."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time_of_day()))
