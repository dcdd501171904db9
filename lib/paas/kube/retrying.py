"""Trying until it works, for what a long-lived process cannot do without."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from paas.kube.watching.backoff import Backoff

T = TypeVar("T")


def until_done(
    work: Callable[[], T],
    *,
    stopping: threading.Event,
    complain: Callable[[Exception], None],
    wait: Callable[[float], object],
    rng: Callable[[], float] = random.random,
) -> T | None:
    """Try again and again, with a pause that grows to half a minute.

    Args:
        work: What is tried; any exception is a failure.
        stopping: Ends it.
        complain: Gets each failure.
        wait: Sleeps for so many seconds, or until it is stopped.
        rng: Gives numbers from 0 to 1.

    Returns:
        What `work` returned; None when it was stopped before.
    """
    backoff = Backoff(rng)
    while not stopping.is_set():
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - told to the caller, who knows what it means
            complain(error)
            wait(backoff.failed(0.0))
    return None
