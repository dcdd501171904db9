"""Sorting changes into transactions that are as full as Consul allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paas.consul.sync.changes import Change, Put, Remove
from paas.consul.sync.ledger import SEGMENT_KEYS, SEGMENT_SIZE, Segment
from paas.consul.transactions import Limits, cas, delete_cas

#: Segments with the changes of each, to be done together.
Transaction = list[tuple[Segment, list[Change]]]
# A line of a segment beside its key, then base64 and escapes.
_SEGMENT_BYTES = int((SEGMENT_SIZE + SEGMENT_KEYS * 48) * 1.4) + 400


def operation(change: Change) -> str | None:
    """A change as an operation on the destination, None for one of the ledger alone."""
    if isinstance(change, Put):
        return cas(change.key, change.value, flags=change.flags, index=change.cas)
    if isinstance(change, Remove):
        return delete_cas(change.key, index=change.cas)
    return None


def too_large(change: Change, limits: Limits) -> bool:
    """Whether a change fits into no transaction."""
    return isinstance(change, Put) and len(change.value) + len(change.key) * 6 + 200 > limits.size - _SEGMENT_BYTES


def pack(placed: Mapping[Segment, Sequence[Change]], limits: Limits) -> list[list[Transaction]]:
    """Sort changes into transactions.

    Args:
        placed: The changes of each segment.
        limits: What one transaction takes.

    Returns:
        Lists that may be worked off side by side; the transactions within one list follow one another, because they
        change the same segment.
    """
    chains: list[list[Transaction]] = []
    together = _Filling(limits)
    for segment, changes in placed.items():
        parts = _split(changes, limits)
        if len(parts) > 1:
            chains.append([[(segment, part)] for part in parts])
            continue
        if not together.takes(changes):
            chains.append([together.transaction])
            together = _Filling(limits)
        together.add(segment, list(changes))
    if together.transaction:
        chains.append([together.transaction])
    return chains


def _cost(change: Change) -> tuple[int, int]:
    text = operation(change)
    return (0, 0) if text is None else (1, len(text) + 1)


class _Filling:
    """One transaction while it is filled; the check of the lock is one operation, each segment another."""

    def __init__(self, limits: Limits) -> None:
        self._operations = limits.operations - 1
        self._size = limits.size - 400
        self.transaction: Transaction = []

    def takes(self, changes: Sequence[Change]) -> bool:
        costs = [_cost(change) for change in changes]
        return not self.transaction or (
            self._operations > sum(count for count, _ in costs)
            and self._size >= sum(size for _, size in costs) + _SEGMENT_BYTES
        )

    def add(self, segment: Segment, changes: list[Change]) -> None:
        self.transaction.append((segment, changes))
        self._operations -= 1 + sum(_cost(change)[0] for change in changes)
        self._size -= _SEGMENT_BYTES + sum(_cost(change)[1] for change in changes)


def _split(changes: Sequence[Change], limits: Limits) -> list[list[Change]]:
    """The changes of one segment in parts that fit into a transaction each."""
    parts: list[list[Change]] = [[]]
    operations, size = limits.operations - 2, limits.size - _SEGMENT_BYTES - 400
    for change in changes:
        count, length = _cost(change)
        if parts[-1] and (operations < count or size < length):
            parts.append([])
            operations, size = limits.operations - 2, limits.size - _SEGMENT_BYTES - 400
        operations -= count
        size -= length
        parts[-1].append(change)
    return parts
