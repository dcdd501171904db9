"""Every call that came: counted by action, and the last of them with their parameters, secrets masked."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

from lab.aws.calls import Call

KEPT = 20_000


class Journal:
    """Counts for budgets ("AWS calls per cutover"), and the list of calls for "the dry run said exactly this"."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._counts: Counter[str] = Counter()
        self._reading = 0
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, call: Call, *, status: int, faulty: bool) -> None:
        """Note one call with the status that the client saw (0: none, the connection was cut)."""
        with self._lock:
            self._number += 1
            self._counts[call.name] += 1
            self._reading += call.reading
            self._entries.append(
                {
                    "number": self._number,
                    "service": call.service,
                    "action": call.action,
                    "reading": call.reading,
                    "params": call.shown_params(),
                    "status": status,
                    "fault": faulty,
                }
            )

    def counts(self) -> dict[str, Any]:
        """`{"total", "reading", "writing", "by_action": {"rds:CreateDBInstance": 1}}`."""
        with self._lock:
            return {
                "total": self._number,
                "reading": self._reading,
                "writing": self._number - self._reading,
                "by_action": dict(sorted(self._counts.items())),
            }

    def entries(self, *, after: int = 0, writing_only: bool = False) -> list[dict[str, Any]]:
        """The calls with a number above `after`, in order."""
        with self._lock:
            return [
                entry for entry in self._entries if entry["number"] > after and not (writing_only and entry["reading"])
            ]

    def clear(self) -> None:
        """Begin again from nothing."""
        with self._lock:
            self._number = self._reading = 0
            self._counts.clear()
            self._entries.clear()
