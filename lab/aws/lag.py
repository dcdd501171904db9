"""Eventual consistency: an answer that shows how things were some seconds ago.

Before a writing call goes through, every reading call seen so far that a lag rule is about is asked once more, and its
answer kept with the moment. A lagging answer is then the first one kept after the moment that it shows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.aws.calls import Call
from lab.standins.httpd import Request, Response

REMEMBERED = 200
KEPT_SECONDS = 3600.0


@dataclass
class _Seen:
    call: Call
    request: Request
    kept: list[tuple[float, Response]] = field(default_factory=list)


class Lag:
    """Remembers reading calls and how they were answered before each write."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str, bytes], _Seen] = OrderedDict()

    def remember(self, call: Call, request: Request) -> None:
        """Note a reading call, so that later writes keep its answer."""
        with self._lock:
            self._seen.setdefault(_signature(call, request), _Seen(call, request))
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    def before_write(self, about: Callable[[Call], bool], ask: Callable[[Call, Request], Response]) -> None:
        """Keep the present answers of the reading calls that lag rules are about."""
        with self._lock:
            seen = [entry for entry in self._seen.values() if about(entry.call)]
        for entry in seen:
            answer, now = ask(entry.call, entry.request), self._now()
            with self._lock:
                entry.kept = [kept for kept in entry.kept if kept[0] > now - KEPT_SECONDS] + [(now, answer)]

    def answer(self, call: Call, request: Request, *, seconds: float) -> Response | None:
        """The answer as of `seconds` ago, None where nothing has changed since."""
        moment = self._now() - seconds
        with self._lock:
            entry = self._seen.get(_signature(call, request))
            return next((kept for at, kept in entry.kept if at > moment), None) if entry else None

    def knows(self, call: Call, request: Request) -> bool:
        """Whether this reading call was seen before."""
        with self._lock:
            return _signature(call, request) in self._seen

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._seen.clear()


def _signature(call: Call, request: Request) -> tuple[str, str, bytes]:
    return (f"{call.region} {call.name}", request.target, request.body)
