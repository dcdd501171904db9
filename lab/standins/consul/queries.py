"""Reading: consistency modes, blocking queries and the headers that say how fresh an answer is."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.standins import durations
from lab.standins.consul.watches import Watch
from lab.standins.httpd import Request

if TYPE_CHECKING:
    from lab.standins.consul.store import State, Store

DEFAULT_WAIT = 300.0
LONGEST_WAIT = 600.0
JITTER = 16
NO_LEADER = "No cluster leader"


class HttpError(Exception):
    """An answer that is not a 200; the text is the body."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass
class Answer:
    """One look at the state: what it found, the index of that, and whether that is "not found" (see `read`)."""

    found: Any
    index: int
    missing: bool = False
    filtered: bool = False  # whether ACLs hid some of it


@dataclass
class Options:
    """How a client wants to read."""

    stale: bool
    consistent: bool
    index: int
    wait: float

    @classmethod
    def of(cls, request: Request) -> Options:
        """The options of a request.

        Raises:
            HttpError: 400, in Consul's words.
        """
        stale, consistent = request.has("stale"), request.has("consistent")
        if stale and consistent:
            raise HttpError(400, "Cannot specify ?stale with ?consistent, conflicting semantics.")
        wait, index = DEFAULT_WAIT, 0
        if text := request.arg("wait"):
            try:
                wait = durations.parse(text)
            except ValueError:
                raise HttpError(400, "Invalid wait time") from None
        if text := request.arg("index"):
            if not text.isascii() or not text.isdigit():
                raise HttpError(400, "Invalid index")
            index = int(text)
        wait = min(wait, LONGEST_WAIT) if wait > 0 else DEFAULT_WAIT
        return cls(stale, consistent, index, wait)


class Reader:
    """Answers reads from a store, blocking where the client asks for it.

    Args:
        store: The state.
        effect: What the fault that met this request does; see `faulty_state`.
    """

    def __init__(self, store: Store, effect: Callable[[], dict[str, Any]]) -> None:
        self._store = store
        self._effect = effect
        self.frozen: State | None = None  # what a stale follower still shows

    def check_leader(self, options: Options | None = None) -> None:
        """Refuse what needs a leader while there is none; a stale read does not.

        Raises:
            HttpError: 500, "No cluster leader".
        """
        if self._effect().get("no_leader") and not (options and options.stale):
            raise HttpError(500, NO_LEADER)

    def read(
        self, request: Request, watch: Callable[[], Watch], look: Callable[[State], Answer]
    ) -> tuple[Any, dict[str, str]]:
        """Look once, or until something newer than `?index` is there or the wait is over.

        Returns:
            What was found, and the headers of the answer.

        Raises:
            HttpError: Bad options, or no leader.
        """
        options = Options.of(request)
        self.check_leader(options)
        answer = self._look_until_newer(options, watch, look)
        return answer.found, self._headers(answer, options)

    def _look_until_newer(
        self, options: Options, watch: Callable[[], Watch], look: Callable[[State], Answer]
    ) -> Answer:
        answer, waiter = self._look(options, watch if options.index else None, look)
        if waiter is None:
            return answer
        newest, missing_before = options.index, False
        deadline = time.monotonic() + options.wait + random.uniform(0, options.wait / JITTER)  # noqa: S311 - jitter
        try:
            while True:
                if answer.missing and missing_before:
                    newest = answer.index  # still not there: a change elsewhere is none for this client
                missing_before = missing_before or answer.missing
                if answer.index > newest or not waiter.wait(deadline - time.monotonic()) or waiter.abandoned:
                    return answer
                self._forget(waiter)
                answer, next_waiter = self._look(options, watch, look)
                assert next_waiter is not None
                waiter = next_waiter
        finally:
            self._forget(waiter)

    def _look(
        self, options: Options, watch: Callable[[], Watch] | None, look: Callable[[State], Answer]
    ) -> tuple[Answer, Watch | None]:
        with self._store.lock:
            answer = look(self._state(options))
            if watch is None:
                return answer, None
            waiter = watch()
            self._store.watches.add(waiter)
            return answer, waiter

    def _forget(self, waiter: Watch) -> None:
        with self._store.lock:
            self._store.watches.remove(waiter)

    def _state(self, options: Options) -> State:
        """The state that this read sees: an empty or an old one where a fault says so."""
        effect = self._effect()
        if effect.get("empty"):
            return type(self._store.state)()
        if options.stale and self.frozen is not None:
            return self.frozen
        return self._store.state

    def _headers(self, answer: Answer, options: Options) -> dict[str, str]:
        effect = self._effect()
        leaderless = bool(effect.get("no_leader") or effect.get("leader_unknown"))
        behind = options.stale and self.frozen is not None
        contact = int(effect.get("last_contact_ms", 5000 if leaderless or behind else 0))
        filtered = {"X-Consul-Results-Filtered-By-ACLs": "true"} if answer.filtered else {}
        return {
            **filtered,
            "X-Consul-Index": str(max(1, answer.index)),
            "X-Consul-KnownLeader": "false" if leaderless else "true",
            "X-Consul-LastContact": str(contact),
            "X-Consul-Query-Backend": "blocking-query",
        }
