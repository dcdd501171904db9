"""Waiting for health and for the end of draining: bounded, patient with a busy AWS, and sceptical of one look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from paas.errors import PaasError, Unavailable
from paas.settings import EnvironmentSettings
from paas.traffic.pace import Pace
from paas.traffic.steps import Wait
from paas.traffic.views import PoolView

T = TypeVar("T")
# A describe may be answered by a copy of AWS's books that lags, so that one look proves nothing.
_LOOKS = 2
_SHOWN_AT_MOST = 5
_PATIENCE = 300.0
_LONGEST_PAUSE = 20.0
# What has not changed is said again after so many seconds, as a sign of life.
_SAID_AGAIN = 30.0


class NotHealthy(PaasError):
    """Servers did not become healthy in time, or did not stay so."""


class CameBack(PaasError):
    """Servers that were deregistered are registered again, or still."""


class Overtaken(PaasError):
    """What was to be moved is not there any more, or has moved already; a new look tells."""


class StillDraining(PaasError):
    """Servers had not finished in time what they had begun. Nothing is wrong but the time."""


class Watcher:
    """Looks at pools until they are as they should be.

    Args:
        settings: The environment's, for its timeouts.
        pace: Time.
        alive: Called at every look, so that the lock stays held.
        say: Where progress goes.
    """

    def __init__(
        self, settings: EnvironmentSettings, pace: Pace, *, alive: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._pace = pace
        self._alive = alive
        self._say = say
        self._said: tuple[str, float] = ("", 0.0)

    def patiently(self, do: Callable[[], T], what: str) -> T:
        """Do something that may be done twice; again while AWS is busy, for five minutes at most.

        Raises:
            Unavailable: AWS is still busy.
        """
        deadline, pause = self._pace.now() + _PATIENCE, 1.0
        while True:
            try:
                return do()
            except Unavailable as error:
                if self._pace.now() + pause > deadline:
                    raise
                self._say(f"{what}: AWS is busy ({error.words}); again in {pause:.0f} s")
                self._pace.sleep(pause)
                self._alive()
                pause = min(2 * pause, _LONGEST_PAUSE)

    def wait(self, wait: Wait, read: Callable[[], PoolView]) -> None:
        """Look until the wait is over.

        Raises:
            NotHealthy: The servers did not become healthy in time, or did not stay so.
            CameBack: Servers that were deregistered are registered again, or still.
            StillDraining: The servers drain for longer than `drain_timeout`.
        """
        if wait.until == "healthy":
            self._healthy(wait, read)
        else:
            self._gone(wait, read)

    def _look(self, read: Callable[[], PoolView]) -> PoolView:
        self._alive()
        return self.patiently(read, "looking at health")

    def _report(self, line: str, seconds: float) -> None:
        """Say what is new, and what is not once in a while."""
        said, at = self._said
        if line != said or not at <= seconds < at + _SAID_AGAIN:
            self._said = (line, seconds)
            self._say(f"{line} ({seconds:.0f} s)")

    def _healthy(self, wait: Wait, read: Callable[[], PoolView]) -> None:
        begun = self._pace.now()
        deadline = begun + self._settings.health_timeout
        good, bad, since = _LOOKS if wait.proven else 0, 0, begun
        while True:
            pool = self._look(read)
            healthy = pool.healthy & wait.servers
            now = self._pace.now()
            self._report(
                f"{pool.name}: {len(healthy)} of {len(wait.servers)} healthy, {wait.needed} needed", now - begun
            )
            if len(healthy) >= wait.needed:
                since = since if good else now
                good, bad = good + 1, 0
                if good >= _LOOKS and now - since >= wait.seconds:
                    return
            elif good >= _LOOKS:
                bad += 1
                if bad >= _LOOKS:
                    raise NotHealthy(_lacking(pool, wait, f"did not stay healthy for {wait.seconds:.0f} s"))
            else:
                good = 0
            if now >= deadline + (wait.seconds if good else 0):
                raise NotHealthy(_lacking(pool, wait, f"are not healthy after {now - begun:.0f} s"))
            self._pace.sleep(self._settings.poll_seconds)

    def _gone(self, wait: Wait, read: Callable[[], PoolView]) -> None:
        begun = self._pace.now()
        left: frozenset[str] = frozenset()
        while True:
            pool = self._look(read)
            still, draining = pool.registered & wait.servers, pool.draining & wait.servers
            if not still and not draining:
                return
            if back := still & left:
                raise CameBack(f"{pool.name}: {_few(back)} is registered again although it was deregistered")
            left |= wait.servers - still
            seconds = self._pace.now() - begun
            self._report(f"{pool.name}: {len(draining)} drain, {len(still)} are still registered", seconds)
            if seconds >= self._settings.drain_timeout:
                if still:
                    raise CameBack(
                        f"{pool.name}: {_few(still)} is still registered {seconds:.0f} s after deregistering"
                    )
                raise StillDraining(
                    f"{pool.name}: {_few(draining)} still drains after {seconds:.0f} s; raise drain_timeout, or go on "
                    "by running the same again"
                )
            self._pace.sleep(self._settings.poll_seconds)


def _lacking(pool: PoolView, wait: Wait, what: str) -> str:
    said = []
    for server in sorted(wait.servers - pool.healthy)[:_SHOWN_AT_MOST]:
        member = pool.members.get(server)
        said.append(f"{server} is {member.health}: {member.words}" if member else f"{server} is not registered")
    return (
        f"{pool.name}: {len(pool.healthy & wait.servers)} of {len(wait.servers)} servers are healthy, {wait.needed} "
        f"are needed; they {what} ({'; '.join(said)})"
    )


def _few(ids: frozenset[str]) -> str:
    shown = ", ".join(sorted(ids)[:_SHOWN_AT_MOST])
    return shown if len(ids) <= _SHOWN_AT_MOST else f"{shown} and {len(ids) - _SHOWN_AT_MOST} more"
