"""When an event that the consumer refused is told again.

What is known stays as it was, so a list tells it again. A list is not cheap, so it waits longer each time; and the
stream goes on meanwhile, so that one bad event does not hold up the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from paas.kube.watching.backoff import Backoff

FIRST = 2.0
CAP = 300.0


class Redelivery:
    """At most one list is due at a time.

    Args:
        random: Gives numbers from 0 to 1.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._backoff = Backoff(random, first=FIRST, cap=CAP)
        self._due: float | None = None

    def failed(self, now: float) -> None:
        """The consumer raised."""
        if self._due is None:
            self._due = now + FIRST / 2 + self._backoff.failed(now)

    def due(self, now: float) -> bool:
        """Whether to list now."""
        return self._due is not None and now >= self._due

    def before(self, end: float, now: float) -> bool:
        """Whether it is due well before a stream's end."""
        return self._due is not None and max(self._due, now) + 1 < end

    def shorten(self, lasts: int, now: float) -> int:
        """The seconds that a stream may last, so that it ends when the list is due."""
        return lasts if self._due is None else max(2, min(lasts, math.ceil(self._due - now)))

    def listing(self) -> None:
        """A list begins: whatever is refused from now on was not in it."""
        self._due = None

    def listed(self) -> None:
        """The list is over."""
        if self._due is None:
            self._backoff.reset()
