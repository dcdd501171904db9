"""How long to wait after a failure, and how long a stream may last."""

from __future__ import annotations

from collections.abc import Callable

FIRST = 0.8
CAP = 30.0
GOOD = 120.0
#: Seconds that a server may ask for at most; a watch that waits longer is not noticed to be down.
MOST = 300.0


class Backoff:
    """Doubles from `first` to `cap` seconds with full jitter, and begins anew after two good minutes.

    Source: client-go's reflector, `wait.NewExponentialBackoffManager(800ms, 30s, 2min, 2.0, 1.0)`.

    Args:
        random: Gives numbers from 0 to 1.
        first: Seconds that the first wait takes at most.
        cap: Seconds that any wait takes at most.
    """

    def __init__(self, random: Callable[[], float], *, first: float = FIRST, cap: float = CAP) -> None:
        self._random = random
        self._first = first
        self._cap = cap
        self._failures = 0
        self._good_since: float | None = None

    def good(self, now: float) -> None:
        """Something worked."""
        if self._good_since is None:
            self._good_since = now

    def failed(self, now: float, *, at_least: float | None = None) -> float:
        """Something failed; the seconds to wait.

        Args:
            now: The clock.
            at_least: What the server asked for; the jitter comes on top of it.
        """
        if self._good_since is not None and now - self._good_since >= GOOD:
            self._failures = 0
        self._good_since = None
        ceiling = min(self._cap, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        jittered = self._random() * ceiling
        return jittered if at_least is None else min(at_least, MOST) + min(jittered, self._first)

    def reset(self) -> None:
        """Forget the failures."""
        self._failures = 0
        self._good_since = None
