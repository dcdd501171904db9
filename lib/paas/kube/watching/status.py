"""How a watch is doing, for an operator."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["starting", "listing", "watching", "waiting", "refused", "stopped"]


@dataclass
class WatchStatus:
    """One watch's state and counts. Times are Unix seconds.

    Attributes:
        name: The name under which its position is saved.
        cluster: The cluster's name.
        resource: What is watched, as errors name it.
        state: What it does now; `refused` means that another cluster is behind the name.
        objects: How many objects it knows.
        contact: When the server last said anything; what it lags behind is no older.
        event: When the last event was delivered.
        dispatch_seconds: How long the consumer took for it.
        error: The last error's sentence.
        error_at: When that was.
        counts: added, modified, deleted (delivered); refused (by the consumer); lists, streams, errors.
    """

    name: str
    cluster: str
    resource: str
    state: State = "starting"
    objects: int = 0
    contact: float | None = None
    event: float | None = None
    dispatch_seconds: float = 0.0
    error: str | None = None
    error_at: float | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def heard(self) -> None:
        """The server said something."""
        self.contact = time.time()

    def delivered(self, kind: str, seconds: float) -> None:
        """The consumer took an event."""
        self.counts[kind.lower()] += 1
        self.event = time.time()
        self.dispatch_seconds = seconds

    def failed(self, error: Exception) -> None:
        """Something did not work."""
        self.counts["errors"] += 1
        self.error = str(error)
        self.error_at = time.time()

    def as_json(self) -> dict[str, Any]:
        """The status as plain JSON."""
        return {**vars(self), "counts": dict(self.counts)}
