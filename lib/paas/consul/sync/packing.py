"""Sorting changes into transactions that are as full as Consul allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from paas.consul.sync.changes import Change, Put, Remove
from paas.consul.sync.ledger import SEGMENT_KEYS, SEGMENT_SIZE, Segment
from paas.consul.transactions import Limits, cas, delete_cas, size_at_most

#: Segments with the changes of each, to be done together.
Transaction = list[tuple[Segment, list[Change]]]
# A line of a segment beside its key, then base64 and escapes.
_SEGMENT_BYTES = int((SEGMENT_SIZE + SEGMENT_KEYS * 48) * 1.4) + 400
# The brackets and the check of the lock.
_ENVELOPE_BYTES = 400


def operation(change: Put | Remove) -> str:
    """A change as an operation on the destination."""
    if isinstance(change, Put):
        return cas(change.key, change.value, flags=change.flags, index=change.cas)
    return delete_cas(change.key, index=change.cas)


def too_large(put: Put, limits: Limits) -> bool:
    """Whether a change fits into no transaction."""
    return size_at_most(put.key, put.value) > limits.size - _SEGMENT_BYTES - _ENVELOPE_BYTES


def pack(placed: Iterable[tuple[Segment, Sequence[Change]]], limits: Limits) -> Iterator[list[Transaction]]:
    """Sort changes into transactions.

    Args:
        placed: Segments with the changes of each; read no further than is asked for.
        limits: What one transaction takes.

    Yields:
        Lists that may be worked off side by side; the transactions within one list follow one another, because they
        change the same segment.
    """
    together = _Filling(limits)
    for segment, changes in placed:
        cost = _cost(changes)
        if not _Filling(limits).takes(cost):
            yield [[(segment, part)] for part in _split(changes, limits)]
            continue
        if not together.takes(cost):
            yield [together.transaction]
            together = _Filling(limits)
        together.add(segment, list(changes), cost)
    if together.transaction:
        yield [together.transaction]


def _cost(changes: Sequence[Change]) -> tuple[int, int]:
    """How many operations changes are, and how many characters at most."""
    operations = size = 0
    for change in changes:
        if isinstance(change, Put):
            operations += 1
            size += size_at_most(change.key, change.value)
        elif isinstance(change, Remove):
            operations += 1
            size += size_at_most(change.key)
    return operations, size


class _Filling:
    """One transaction while it is filled; the check of the lock is one operation, each segment another."""

    def __init__(self, limits: Limits) -> None:
        self._operations = limits.operations - 1
        self._size = limits.size - _ENVELOPE_BYTES
        self.transaction: Transaction = []

    def takes(self, cost: tuple[int, int]) -> bool:
        """Whether there is room for a segment with changes of this cost."""
        count, size = cost
        return self._operations > count and self._size >= size + _SEGMENT_BYTES

    def add(self, segment: Segment, changes: list[Change], cost: tuple[int, int]) -> None:
        """Take a segment with its changes."""
        self.transaction.append((segment, changes))
        self._operations -= 1 + cost[0]
        self._size -= _SEGMENT_BYTES + cost[1]


def _split(changes: Sequence[Change], limits: Limits) -> list[list[Change]]:
    """The changes of one segment in parts that fit into a transaction each."""
    parts: list[list[Change]] = [[]]
    operations, size = limits.operations - 2, limits.size - _SEGMENT_BYTES - _ENVELOPE_BYTES
    for change in changes:
        count, length = _cost([change])
        if parts[-1] and (operations < count or size < length):
            parts.append([])
            operations, size = limits.operations - 2, limits.size - _SEGMENT_BYTES - _ENVELOPE_BYTES
        operations -= count
        size -= length
        parts[-1].append(change)
    return parts
