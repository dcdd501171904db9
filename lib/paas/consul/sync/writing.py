"""Writing to the destination: full transactions side by side, each with the lock's check and its part of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from paas.consul.client import Consul
from paas.consul.lock import Lock, LockLost
from paas.consul.sync.changes import Change, Put, Remove
from paas.consul.sync.compare import DENIED, MOVED, Differences
from paas.consul.sync.entries import Held
from paas.consul.sync.ledger import Entries, Ledger, Segment, as_value
from paas.consul.sync.packing import Transaction, operation, pack
from paas.consul.sync.side_by_side import Chain, side_by_side
from paas.consul.transactions import Limits, TooMuch, cas, check_session, delete_cas
from paas.consul.wire import shown
from paas.errors import Conflict

_REFUSALS_AT_MOST = 5
# 128 operations halved until one is left, with room for other servers' limits.
_CORRECTIONS_AT_MOST = 12


@dataclass
class Written:
    """What was done to the destination.

    Attributes:
        puts: Keys written.
        removes: Keys deleted.
        differences: Keys that were left alone, and why.
    """

    puts: int = 0
    removes: int = 0
    differences: Differences = field(default_factory=Differences)


class Writer:
    """Brings changes to a destination.

    Args:
        consul: The destination.
        lock: The lock that makes this the only writer; each transaction checks it.
        ledger: What the sync wrote; kept up to date.
        destination: The destination's keys as they were read; kept up to date.
        limits: What one transaction takes; corrected by what Consul says.
        connections: Transactions that are under way at once.
        progress: Told how many changes are done.
    """

    def __init__(
        self,
        *,
        consul: Consul,
        lock: Lock,
        ledger: Ledger,
        destination: dict[str, Held],
        limits: Limits,
        connections: int,
        progress: Callable[[Written], None],
    ) -> None:
        self._consul = consul
        self._lock = lock
        self._ledger = ledger
        self._destination = destination
        self._limits = limits
        self._connections = connections
        self._progress = progress
        self.written = Written()

    def apply(self, changes: Iterable[Change]) -> None:
        """Bring changes that fit into transactions; the first are written before the last are asked for.

        Raises:
            LockLost: Another one may write by now.
            Conflict: Somebody else changed the ledger.
            ServerError: Consul did not answer; what became of the last transactions is not known.
        """
        packed = pack(self._ledger.place(changes), self._limits)
        chains = (self._work(each) for each in packed)
        side_by_side(chains, self._consul.wire, at_once=self._connections, limits=self._limits)

    def _work(self, after_one_another: list[Transaction]) -> Chain:
        for transaction in after_one_another:
            yield from self._write(transaction, corrections=_CORRECTIONS_AT_MOST)

    def _write(self, transaction: Transaction, *, corrections: int) -> Chain:
        try:
            yield from self._try(transaction)
        except TooMuch:
            if not corrections:
                raise AssertionError("Consul's limits shrink without an end") from None
            for part in chain.from_iterable(pack(transaction, self._limits)):
                yield from self._write(part, corrections=corrections - 1)

    def _try(self, transaction: Transaction) -> Chain:
        """One transaction; what Consul refuses in it is left out, and the rest is tried again."""
        left = [(segment, list(changes)) for segment, changes in transaction]
        target = transaction[0][1][0].key
        for _ in range(_REFUSALS_AT_MOST):
            left = [(segment, changes) for segment, changes in left if changes]
            if not left:
                return
            operations, owners, entries = self._operations(left)
            outcome = yield operations, f"{shown(target)} and others"
            if not outcome.refused:
                self._commit(left, entries, outcome.indexes)
                return
            for number, words in outcome.refused.items():
                self._leave_out(left, owners[number], words)
        for _, changes in left:
            for change in changes:
                self.written.differences.add(MOVED, change.key)

    def _operations(self, parts: Transaction) -> tuple[list[str], list[Segment | Change | None], list[Entries]]:
        """The operations, what each is of (None for the lock's check), and the entries of each segment after them."""
        operations = [check_session(self._lock.key, self._lock.session)]
        owners: list[Segment | Change | None] = [None]
        after = []
        for segment, changes in parts:
            written = [change for change in changes if isinstance(change, (Put, Remove))]
            operations += [operation(change) for change in written]
            owners += written
            entries = segment.after(changes)
            after.append(entries)
            if entries:
                operations.append(cas(segment.key, as_value(entries), flags=0, index=segment.modified))
            elif segment.modified:
                operations.append(delete_cas(segment.key, index=segment.modified))
            else:
                continue
            owners.append(segment)
        return operations, owners, after

    def _leave_out(self, parts: Transaction, owner: Segment | Change | None, words: str) -> None:
        if owner is None:
            raise LockLost(f"the lock {self._lock.key} is no longer held: {words}")
        if isinstance(owner, Segment):
            denied = "denied" in words.lower()
            raise Conflict(
                system=f"Consul {self._consul.wire.profile}",
                operation="write",
                target=owner.key,
                words=words,
                hint="the token needs write access to the ledger" if denied else "somebody else changed the ledger",
            )
        for _, changes in parts:
            if owner in changes:
                changes.remove(owner)
                self.written.differences.add(DENIED if "denied" in words.lower() else MOVED, owner.key)
                return

    def _commit(self, parts: Transaction, after: Sequence[Entries], indexes: Sequence[int]) -> None:
        written = iter(indexes)
        next(written)  # the lock's own
        for (segment, changes), entries in zip(parts, after, strict=True):
            puts = [change for change in changes if isinstance(change, Put)]
            for (key, _, _, mark, _), modified in zip(puts, islice(written, len(puts)), strict=True):
                self._destination[key] = Held(mark, modified, False)
            self.written.puts += len(puts)
            for change in changes:
                if isinstance(change, Remove):
                    self._destination.pop(change.key, None)
                    self.written.removes += 1
            self._ledger.commit(segment, entries, modified=next(written) if entries else 0)
        self._progress(self.written)
