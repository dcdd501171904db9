"""Comparing three states: the source, the destination, and the ledger of what the sync wrote there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from paas.consul.listing import Listed
from paas.consul.sync.changes import Change, Forget, Note, Put, Remove
from paas.consul.sync.entries import Entry, Held, digest
from paas.consul.sync.scope import Scope

CHANGED = "changed_on_destination"
DELETED = "deleted_on_destination"
NOT_OURS = "not_ours"
LEFT_CHANGED = "gone_from_source_but_changed_on_destination"
LOCKED = "locked_on_destination"
OUT_OF_SCOPE = "no_longer_carried"
MOVED = "changed_meanwhile"
TOO_LARGE = "too_large"
DENIED = "denied"
REFUSED = "refused_by_consul"
HIDDEN = "hidden_from_the_source_token"
TWO_NAMES = "two_keys_with_one_name"
NOT_UTF8 = "name_not_utf8"


class Differences:
    """Keys that are left different, by the reason."""

    def __init__(self) -> None:
        self.by_reason: dict[str, list[str]] = defaultdict(list)

    def add(self, reason: str, key: str) -> None:
        """Remember one key."""
        self.by_reason[reason].append(key)

    def update(self, other: Differences) -> None:
        """Take over the keys of another."""
        for reason, keys in other.by_reason.items():
            self.by_reason[reason].extend(keys)

    def __len__(self) -> int:
        return sum(len(keys) for reason, keys in self.by_reason.items() if reason != OUT_OF_SCOPE)


@dataclass
class Plan:
    """What would bring the destination in step.

    Attributes:
        creates: Keys that are not on the destination.
        updates: Keys that have another value or other flags there.
        deletes: Keys that the sync wrote, that nobody changed, and that left the source.
        notes: Corrections of the ledger alone.
        equal: How many keys are the same on both sides.
        differences: What is left alone, and why.
    """

    creates: list[Put] = field(default_factory=list)
    updates: list[Put] = field(default_factory=list)
    deletes: list[Remove] = field(default_factory=list)
    notes: list[Change] = field(default_factory=list)
    equal: int = 0
    differences: Differences = field(default_factory=Differences)

    @property
    def changes(self) -> list[Change]:
        """Everything that is to be done."""
        return [*self.creates, *self.updates, *self.deletes, *self.notes]


def compare(
    source: Mapping[str, Listed],
    destination: Mapping[str, Held],
    ledger: Mapping[str, Entry],
    *,
    scope: Scope,
    repair: bool,
    adopt: bool,
    gone: Iterable[str] | None = None,
    unreadable: Iterable[str] = (),
) -> Plan:
    """Compare the three states.

    Args:
        source: The carried keys of the source, by their names on the destination; those that are known to be in step
            may be left out where `gone` says what the source lacks.
        destination: The keys of the destination.
        ledger: What the sync wrote.
        scope: Which keys are carried.
        repair: Whether the source wins over what somebody changed on the destination.
        adopt: Whether a key that is equal on both sides becomes the sync's own.
        gone: Names that are not on the source; None where that is whatever `source` does not hold.
        unreadable: Names on the destination of keys that are on the source but could not be read; they are left alone.

    Returns:
        The plan. What somebody changed on the destination is never deleted, whatever `repair` says.
    """
    plan = Plan()
    for _ in differing(plan, source.items(), destination, ledger, repair=repair, adopt=adopt):
        pass
    spared = set(unreadable)
    for key in ledger if gone is None else gone:
        entry = None if key in source or key in spared else ledger.get(key)
        if entry is not None:
            _left_source(plan, key, destination.get(key), entry, carried=scope.origin_of(key) is not None)
    return plan


def differing(
    plan: Plan,
    source: Iterable[tuple[str, Listed]],
    destination: Mapping[str, Held],
    ledger: Mapping[str, Entry],
    *,
    repair: bool,
    adopt: bool,
) -> Iterator[Change]:
    """Compare the keys of the source, one after another; what is yielded may be written meanwhile.

    Args:
        plan: Everything that is found is added to it.
        source: The carried keys of the source, by their names on the destination; the others are as in `compare`.
        destination: The keys of the destination.
        ledger: What the sync wrote.
        repair: Whether the source wins.
        adopt: Whether an equal key becomes the sync's own.

    Yields:
        What is to be done; a key of the source that changes nothing yields nothing.
    """
    for key, wanted in source:
        value, flags, _, _ = wanted
        there, entry, mark = destination.get(key), ledger.get(key), digest(value, flags)
        change: Change | None
        if there is not None:
            change = _compare_two(plan, key, wanted, mark, there, entry, repair=repair, adopt=adopt)
        elif entry is None or entry.previous == "" or repair:
            change = Put(key, value, flags, mark, 0)
            plan.creates.append(change)
        else:
            change = None
            plan.differences.add(DELETED, key)
        if change is not None:
            yield change


def _compare_two(
    plan: Plan, key: str, wanted: Listed, mark: str, there: Held, entry: Entry | None, *, repair: bool, adopt: bool
) -> Change | None:
    """What is to be done about a key that is on both sides, where most are the same; `mark` is the wanted digest."""
    if there.digest == mark:
        plan.equal += 1
        # A key of ours that somebody set to the very value that it was to get, or locked and let go, stays ours.
        if entry != (mark, there.modified, None) and (entry is not None or adopt):
            note = Note(key, Entry(mark, there.modified))
            plan.notes.append(note)
            return note
    elif there.locked:
        plan.differences.add(LOCKED, key)
    elif repair or _is_ours(there, entry):
        update = Put(key, wanted.value, wanted.flags, mark, there.modified)
        plan.updates.append(update)
        return update
    else:
        plan.differences.add(NOT_OURS if entry is None else CHANGED, key)
    return None


def _left_source(plan: Plan, key: str, there: Held | None, entry: Entry, *, carried: bool) -> None:
    if there is None:
        plan.notes.append(Forget(key))
    elif not carried:
        plan.differences.add(OUT_OF_SCOPE, key)
    elif there.locked:
        plan.differences.add(LOCKED, key)
    elif _is_ours(there, entry) and entry.modified in (0, there.modified):
        plan.deletes.append(Remove(key, there.modified))
    else:
        plan.differences.add(LEFT_CHANGED, key)


def _is_ours(there: Held, entry: Entry | None) -> bool:
    """Whether what lies there is what the sync wrote, or, while a write is intended, what it meant to replace."""
    return entry is not None and there.digest in (entry.digest, entry.previous)
