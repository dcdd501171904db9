"""Asking again where that may help, for a bounded time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from paas.errors import PaasError, ServerError, Unavailable

_T = TypeVar("_T")

ATTEMPTS = 8
FIRST_WAIT = 0.1
LONGEST_WAIT = 15.0


class Stopped(PaasError):
    """The run was told to stop."""


class Retry:
    """Calls something again while the server is busy, broken or out of reach.

    Waits double from 0.1 s, with full jitter, or last as long as the server asks, at most 15 s each.

    Args:
        sleep: Waits so many seconds; returns True where the run must stop meanwhile.
        attempts: How many times something is tried at all.
    """

    def __init__(self, sleep: Callable[[float], object] = time.sleep, *, attempts: int = ATTEMPTS) -> None:
        self._sleep = sleep
        self._attempts = attempts

    def __call__(self, ask: Callable[[], _T]) -> _T:
        """What `ask` returns.

        Raises:
            Unavailable: The last attempt's error.
            Stopped: The run was told to stop while it waited.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                return ask()
            except Unavailable as error:
                if attempt == self._attempts:
                    raise
                self.wait(attempt, error)
        raise AssertionError("unreachable")

    def wait(self, attempt: int, error: ServerError) -> None:
        """Wait before the next attempt.

        Raises:
            Stopped: The run was told to stop.
        """
        backoff = random.uniform(0.5, 1.0) * FIRST_WAIT * 2 ** (attempt - 1)  # noqa: S311 - jitter
        asked = error.retry_after or 0.0
        if self._sleep(min(LONGEST_WAIT, max(backoff, asked))):
            raise Stopped("stopped while waiting for the server")
