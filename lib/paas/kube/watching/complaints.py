"""Errors in the log: each once, until it is over or has lasted long."""

from __future__ import annotations

import logging
from collections.abc import Callable

from paas.errors import Forbidden, ServerError
from paas.kube.watching.status import WatchStatus

#: Seconds after which the same error is logged again.
REPEAT = 600.0


class Complaints:
    """Notes every error in a status, and logs the new ones.

    What passes by itself (a server that does not answer) is a warning; what somebody has to do something about (a
    missing permission, a wrong setting, another cluster) is an error.

    Args:
        log: Where to.
        status: What it is about; its name begins each line.
        now: A monotonic clock in seconds.
    """

    def __init__(self, log: logging.Logger, status: WatchStatus, now: Callable[[], float]) -> None:
        self._log = log
        self._status = status
        self._now = now
        self._last: tuple[str, float] | None = None

    def about(self, error: Exception, sentence: str | None = None, *, once: str | None = None) -> None:
        """Note an error.

        Args:
            error: The error.
            sentence: What to log; the error's own words where left out.
            once: What tells the same error from another; the sentence where left out.
        """
        self._status.failed(error)
        sentence = sentence or str(error)
        same = once or sentence
        if self._last is not None and self._last[0] == same and self._now() - self._last[1] < REPEAT:
            return
        self._last = (same, self._now())
        passing = isinstance(error, ServerError) and not isinstance(error, Forbidden)
        self._log.log(logging.WARNING if passing else logging.ERROR, "watch %s: %s", self._status.name, sentence)
