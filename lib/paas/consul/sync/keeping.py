"""Keeping a pair in step for as long as somebody wants: waiting for changes, riding out what fails."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections.abc import Callable, Mapping

from paas.consul.client import Consul
from paas.consul.listing import wait_for_change
from paas.consul.lock import LockLost
from paas.consul.sync.guard import Stopped
from paas.consul.sync.report import Report, State
from paas.consul.sync.syncer import Syncer
from paas.errors import PaasError, Refused, ServerError

#: Seconds between two rounds at least; and a round is followed by a pause of half its time, up to a limit.
PAUSE = 0.05
_PAUSE_AT_MOST = 2.0
#: Seconds that one blocking query takes.
_WAIT = 10.0
_RETRY_FIRST, _RETRY_AT_MOST = 0.5, 15.0
#: Seconds between two looks while it is stopped, for each of them reads everything.
_STOPPED_AT_LEAST = 2.0
#: Seconds between two states left on the destination while nothing but numbers changes.
PUBLISH_EVERY = 15.0


class SourceWatch:
    """Blocking queries on the source's folders; each change sets an event.

    Args:
        source: The Consul; each folder gets a connection of its own.
        indexes: X-Consul-Index by folder, as last read.
    """

    def __init__(self, source: Consul, indexes: Mapping[str, int]) -> None:
        self.changed = threading.Event()
        self.noticed: float | None = None
        self._ended = threading.Event()
        for folder, index in indexes.items():
            arguments = (source.another(), folder, index)
            threading.Thread(target=self._watch, args=arguments, name="consul-watch", daemon=True).start()

    def end(self) -> None:
        """Let the queries run out."""
        self._ended.set()

    def _watch(self, source: Consul, folder: str, index: int) -> None:
        retry, asked = _RETRY_FIRST, index
        while not self._ended.is_set():
            begun = time.monotonic()
            try:
                now = wait_for_change(source.wire, folder, index=asked, wait=_WAIT)
            except PaasError:
                # A round finds out more; it is due at once, for the source may be gone.
                self._notice()
                self._ended.wait(retry * random.uniform(0.5, 1))  # noqa: S311 - it spreads retries
                retry = min(2 * retry, _RETRY_AT_MOST)
                continue
            retry = _RETRY_FIRST
            if now != index:
                index = now
                self._notice()
            # An index that is lower, or the same before the time is over: the source was restored, and Consul would
            # let whoever waits for the old index wait for ever. The next query asks what the index is now.
            early = now == asked and time.monotonic() - begun < _WAIT / 2
            asked = 0 if now < asked or early else now
            self._ended.wait(PAUSE / 2)

    def _notice(self) -> None:
        if self.noticed is None:
            self.noticed = time.monotonic()
        self.changed.set()


def keep(
    syncer: Syncer,
    source: Consul,
    *,
    ended: threading.Event,
    until: float | None = None,
    tell: Callable[[Report], None] = lambda report: None,
    max_delete_share: float | None = None,
    lock_wait: float = 30.0,
) -> Report:
    """Keep a pair in step until `ended` is set or the time is over.

    Args:
        syncer: The pair.
        source: The pair's source, for the blocking queries.
        ended: Ends it.
        until: Monotonic seconds at which it ends; None is never.
        tell: Told after every round how the pair stands.
        max_delete_share: In place of the pair's.
        lock_wait: Seconds to wait for another syncer of this pair, at the start.

    Returns:
        How the pair stands at the end.

    Raises:
        Refused: Another syncer holds the pair.
    """
    run = _Run(syncer, source, ended=ended, until=until, tell=tell, max_delete_share=max_delete_share)
    try:
        return run.go(lock_wait)
    finally:
        run.close()


class _Run:
    """One `keep`."""

    def __init__(
        self,
        syncer: Syncer,
        source: Consul,
        *,
        ended: threading.Event,
        until: float | None,
        tell: Callable[[Report], None],
        max_delete_share: float | None,
    ) -> None:
        self._syncer = syncer
        self._source = source
        self._ended = ended
        self._until = until
        self._tell = tell
        self._share = max_delete_share
        self._watch: SourceWatch | None = None
        self._retry = _RETRY_FIRST
        self._in_step_at = time.monotonic()
        self._rechecked = time.monotonic()
        self._published = (0.0, "", "")
        pair = syncer.pair
        self._last = Report(pair.name, pair.source, pair.destination, reason="it has not begun")

    def go(self, lock_wait: float) -> Report:
        while not self._over():
            begun = time.monotonic()
            noticed = self._take_notice()
            try:
                self._round(lock_wait, begun)
            except (Stopped, LockLost, ServerError) as error:
                self._failed(error)
                self._report()
                if isinstance(error, (LockLost, Stopped)):
                    # While it is stopped, an operator may run the pair by hand.
                    self._syncer.lock.release()
                if isinstance(error, Stopped):
                    self._wait_while_stopped()
                    continue
                self._sleep(self._retry * random.uniform(0.5, 1))  # noqa: S311 - it spreads retries
                self._retry = min(2 * self._retry, _RETRY_AT_MOST)
            else:
                self._settled(noticed)
                self._report()
                self._sleep(min(max(PAUSE, (time.monotonic() - begun) / 2), _PAUSE_AT_MOST))
                self._wait_for_change()
        return self._last

    def close(self) -> None:
        if self._watch is not None:
            self._watch.end()
        self._syncer.lock.release()

    def _round(self, lock_wait: float, begun: float) -> None:
        if not self._syncer.lock.session:
            first = self._last.rounds == 0
            try:
                self._syncer.acquire(wait=self._bounded(lock_wait) if first else self._bounded(lock_wait + 10))
            except Refused:
                if first:
                    raise
                raise LockLost("another syncer holds this pair by now") from None
        if begun - self._rechecked > self._syncer.pair.recheck:
            self._syncer.forget_destination()
            self._rechecked = begun
        self._last = self._syncer.round(max_delete_share=self._share, follow=True)
        if self._watch is None:
            self._watch = SourceWatch(self._source, self._last.more["indexes"])

    def _failed(self, error: PaasError) -> None:
        state: State = "stopped" if isinstance(error, Stopped) else "lagging"
        lag = time.monotonic() - self._in_step_at
        self._last = dataclasses.replace(self._last, state=state, reason=str(error), lag=lag, failure=error)

    def _settled(self, noticed: float | None) -> None:
        self._retry = _RETRY_FIRST
        now = time.monotonic()
        if self._last.state == "in_step":
            self._last.lag = now - noticed if noticed is not None else 0.0
            self._in_step_at = now
        else:
            self._last.lag = now - self._in_step_at

    def _report(self) -> None:
        self._tell(self._last)
        at, state, reason = self._published
        now = time.monotonic()
        if (state, reason) != (self._last.state, self._last.reason) or now - at > PUBLISH_EVERY:
            self._published = (now, self._last.state, self._last.reason)
            if self._syncer.lock.session:
                self._syncer.publish(self._last)

    def _take_notice(self) -> float | None:
        if self._watch is None:
            return None
        self._watch.changed.clear()
        noticed, self._watch.noticed = self._watch.noticed, None
        return noticed

    def _wait_for_change(self) -> None:
        assert self._watch is not None
        due = self._rechecked + self._syncer.pair.recheck
        while not self._over() and time.monotonic() < due:
            if self._watch.changed.wait(self._bounded(0.5)):
                return

    def _wait_while_stopped(self) -> None:
        """Wait for the source to change, for somebody may bring its keys back; an operator's run shows after a time."""
        self._sleep(_STOPPED_AT_LEAST)
        deadline = time.monotonic() + self._bounded(_RETRY_AT_MOST)
        while not self._over() and (left := deadline - time.monotonic()) > 0:
            if self._watch is not None and self._watch.changed.wait(min(left, 0.5)):
                return
            if self._watch is None:
                self._sleep(left)

    def _sleep(self, seconds: float) -> None:
        self._ended.wait(self._bounded(seconds))

    def _over(self) -> bool:
        return self._ended.is_set() or (self._until is not None and time.monotonic() >= self._until)

    def _bounded(self, seconds: float) -> float:
        return seconds if self._until is None else max(0.0, min(seconds, self._until - time.monotonic()))
