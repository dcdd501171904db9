"""The proxy's clock: the machine's, and what a test has advanced it by."""

from __future__ import annotations

import time


class Clock:
    """Seconds that never go back; a test moves it on instead of sleeping."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; a negative number is ignored."""
        self._ahead += max(0.0, seconds)
