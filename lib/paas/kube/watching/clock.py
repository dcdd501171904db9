"""Time, so that tests can fake it."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What a watch knows of time."""

    def now(self) -> float:
        """Seconds of a monotonic clock."""

    def wait(self, flag: threading.Event, seconds: float) -> None:
        """Wait until the flag is set or the time is over."""


class RealClock:
    """The machine's own time."""

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        return time.monotonic()

    def wait(self, flag: threading.Event, seconds: float) -> None:
        """Wait until the flag is set or the time is over."""
        flag.wait(seconds)
