"""Bringing a plan to the destination: deletes behind the guard, and each key the way that can carry it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from paas.consul.client import Consul
from paas.consul.lock import Lock
from paas.consul.sync.changes import Change, Put, Remove
from paas.consul.sync.compare import HIDDEN, REFUSED, TOO_LARGE, Plan
from paas.consul.sync.guard import DeleteGuard
from paas.consul.sync.packing import too_large
from paas.consul.sync.reading import SourceState, View
from paas.consul.sync.singles import write_singles
from paas.consul.sync.writing import Writer, Written
from paas.consul.transactions import Limits
from paas.consul.wire import is_plain
from paas.settings import RESERVED, SyncPair


class Applier:
    """Writes what plans say, and remembers what Consul will never take.

    Args:
        pair: The pair.
        destination: The Consul that is written.
        lock: The pair's lock.
        limits: What one transaction takes.
        say: Told what is written so far, and how many changes there are in all.
    """

    def __init__(
        self,
        pair: SyncPair,
        destination: Consul,
        *,
        lock: Lock,
        limits: Limits,
        say: Callable[[Written, int], None],
    ) -> None:
        self._pair = pair
        self._destination = destination
        self._lock = lock
        self._limits = limits
        self._say = say
        self._refused: dict[str, tuple[str, str]] = {}

    def apply(
        self,
        source: SourceState,
        view: View,
        plan: Plan,
        *,
        pending: Iterable[Change] | None = None,
        share: float,
        again: Callable[[], Plan | None],
    ) -> Written:
        """Write a plan; what is left out of it is added to its differences.

        Args:
            source: The source as it was read.
            view: The destination as it was read; kept up to date.
            plan: What is to be done.
            pending: What is to be done where that is still being found out: it adds to the plan while it is read.
            share: The largest share of the sync's own keys that may be deleted.
            again: Looks at the source once more, before anything is deleted.

        Raises:
            Stopped: Too much would be deleted; nothing was changed.
            LockLost: Another one may be the syncer by now.
            ServerError: The destination did not answer.
        """
        guard = DeleteGuard(self._destination.wire, f"{RESERVED}{self._pair.name}/deletes", share=share)
        self._guard_deletes(guard, source, view, plan, again)
        total = len(plan.changes) if pending is None else source.total
        writer = Writer(
            consul=self._destination,
            lock=self._lock,
            ledger=view.ledger,
            destination=view.keys,
            limits=self._limits,
            connections=self._pair.connections,
            progress=lambda written: self._say(written, total),
        )
        singles: list[Put | Remove] = []
        changes = chain(plan.notes, plan.creates, plan.updates) if pending is None else pending
        writer.apply(self._fitting(changes, plan, singles))
        if plan.deletes:
            guard.note(len(plan.deletes), self._lock)
            singles += [remove for remove in plan.deletes if not is_plain(remove.key)]
            writer.apply(remove for remove in plan.deletes if is_plain(remove.key))
        if singles:
            write_singles(writer, self._destination.wire, view.ledger, view.keys, singles)
            self._remember_refused(plan, writer.written, singles)
        return writer.written

    def _guard_deletes(
        self, guard: DeleteGuard, source: SourceState, view: View, plan: Plan, again: Callable[[], Plan | None]
    ) -> None:
        """Leave of the deletes what is within the share, and missing at a second look as well."""
        if not plan.deletes:
            return
        second = None
        if source.complete:
            guard.check(len(plan.deletes), owned=len(view.ledger), source_keys=source.total)
            second = again()
        if second is None:
            for remove in plan.deletes:
                plan.differences.add(HIDDEN, remove.key)
        missing = {remove.key for remove in second.deletes} if second else set()
        plan.deletes = [remove for remove in plan.deletes if remove.key in missing]

    def _fitting(self, changes: Iterable[Change], plan: Plan, singles: list[Put | Remove]) -> Iterator[Change]:
        """What goes into transactions; what has to go by itself is added to `singles`."""
        for change in changes:
            if isinstance(change, Put):
                if self._refused and self._refused.get(change.key, ("", ""))[0] == change.digest:
                    plan.differences.add(self._refused[change.key][1], change.key)
                    continue
                if not is_plain(change.key) or too_large(change, self._limits):
                    singles.append(change)
                    continue
            yield change

    def _remember_refused(self, plan: Plan, written: Written, singles: list[Put | Remove]) -> None:
        """What Consul will never take is not sent again before it changes."""
        for reason in (TOO_LARGE, REFUSED):
            keys = set(written.differences.by_reason.pop(reason, ()))
            for change in singles:
                if isinstance(change, Put) and change.key in keys:
                    self._refused[change.key] = (change.digest, reason)
                    plan.differences.add(reason, change.key)
