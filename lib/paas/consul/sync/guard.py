"""The guard over deletes: a source that looks empty must not empty the destination."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

from paas.consul.listing import read_one
from paas.consul.lock import Lock
from paas.consul.transactions import Limits, cas, check_session, transact
from paas.consul.wire import Wire
from paas.errors import PaasError, ServerError

#: Seconds over which deletes are added up, so that a source that empties slowly is noticed too.
WINDOW = 600.0


class Stopped(PaasError):
    """The sync stopped itself and changed nothing; an operator has to look."""


class DeleteGuard:
    """Counts deletes against what the sync wrote.

    The count lies on the destination, so that a new process goes on with it.

    Args:
        wire: The destination.
        key: The key that holds the count.
        share: The largest share of the sync's own keys that may be deleted within the window.
        now: Seconds since the epoch.
    """

    def __init__(self, wire: Wire, key: str, *, share: float, now: Callable[[], float] = time.time) -> None:
        self._wire = wire
        self._key = key
        self._share = share
        self._now = now

    def check(self, count: int, *, owned: int, source_keys: int) -> None:
        """Make sure that so many deletes are within the share.

        Args:
            count: How many keys are to be deleted.
            owned: How many keys the ledger holds now.
            source_keys: How many keys the source shows, for the message.

        Raises:
            Stopped: They are not.
            ServerError: Consul did not answer.
        """
        recent = sum(deleted for _, deleted in self._recent())
        whole = owned + recent
        if count + recent > self._share * whole:
            before = f" after {recent} in the last {WINDOW / 60:.0f} minutes" if recent else ""
            raise Stopped(
                f"the source shows {source_keys} keys, so {count} of the {whole} that the sync wrote would be deleted"
                f"{before}; max_delete_share allows {self._share:g} of them. Nothing was changed. If the source is"
                " right, run consul_sync with a larger max_delete_share; if it was wiped or restored, restore it first"
            )

    def note(self, count: int, lock: Lock) -> None:
        """Write down that so many keys are about to be deleted.

        Raises:
            ServerError: Consul did not take it.
        """
        recent = [*self._recent(), (self._now(), count)]
        there = read_one(self._wire, self._key)
        value = base64.b64encode(json.dumps(recent).encode()).decode("ascii")
        written = cas(self._key, value, flags=0, index=there.modified if there else 0)
        outcome = transact(
            self._wire, [check_session(lock.key, lock.session), written], limits=Limits(), target=self._key
        )
        if outcome.refused:
            raise ServerError(
                system=f"Consul {self._wire.profile}",
                operation="write",
                target=self._key,
                words="; ".join(outcome.refused.values()),
                status=409,
            )

    def _recent(self) -> list[tuple[float, int]]:
        found = read_one(self._wire, self._key)
        try:
            said = json.loads(base64.b64decode(found.value)) if found else []
            counts = [(float(at), int(count)) for at, count in said]
        except (ValueError, TypeError):
            counts = []
        return [(at, count) for at, count in counts if at > self._now() - WINDOW]
