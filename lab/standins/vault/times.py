"""Moments as Vault writes them, and the clock that leases run on."""

from __future__ import annotations

import datetime
import time

from lab.standins import durations
from lab.standins.vault.answers import VaultError

LONGEST_LEASE = 2_764_800  # 768 h, Vault's own default and maximum


class Clock:
    """Seconds since 1970; a test moves it on instead of sleeping."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """The moment."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; a negative number is ignored."""
        self._ahead += max(0.0, seconds)


def written(moment: float) -> str:
    """A moment in RFC 3339 with nanoseconds."""
    whole = datetime.datetime.fromtimestamp(int(moment), datetime.timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{int(moment % 1 * 1e9):09d}Z"


def seconds(value: object) -> int:
    """Seconds of a duration in a request: a number, digits, or Go's way.

    Raises:
        VaultError: It is none of these.
    """
    try:
        return int(durations.seconds_of(value))
    except ValueError as error:
        raise VaultError(400, f"error parsing duration: {error}") from None


def named_list(value: object) -> list[str]:
    """A list in a request: a JSON list, or a text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    return [str(item).strip() for item in value if str(item).strip()] if isinstance(value, list) else []
