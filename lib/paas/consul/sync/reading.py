"""Both sides of a pair as they are now, from their leaders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from paas.consul.client import Consul
from paas.consul.listing import Fetched, Listed, read_folder, read_one
from paas.consul.sync.compare import NOT_UTF8, TWO_NAMES, Differences
from paas.consul.sync.entries import Held, held
from paas.consul.sync.ledger import Ledger
from paas.consul.sync.names import MARK, NameFinder
from paas.consul.sync.scope import Scope
from paas.consul.wire import is_plain
from paas.settings import RESERVED


class View(NamedTuple):
    """What is known of the destination; it is read anew whenever something did not go as expected.

    Attributes:
        ledger: What the sync wrote.
        keys: What lies there.
        foreign: How many keys of it were neither on the source nor in the ledger when it was read.
    """

    ledger: Ledger
    keys: dict[str, Held]
    foreign: int


@dataclass
class SourceState:
    """The source at one moment.

    Attributes:
        keys: The keys that are carried and had to be looked at, by their names on the destination.
        scope: Which keys are carried; a Vault's own storage that was found is not.
        indexes: X-Consul-Index by the folder that was read.
        complete: False where the token may not see every key.
        differences: Keys that cannot be carried, and why.
        unreadable: Names on the destination of such keys; they must not be taken for deleted.
        unknown: Whether there is a key whose name could not be found out.
        locked: How many keys are locked; their values are carried, their locks are not.
        unchanged: How many more keys are carried, known to be in step, and the same as when they were read before.
        gone: Names that are on the source no more; None where everything that is not among `keys` is gone.
        marks: What each entry that was looked at is known by, with its name on the destination, None where it is not
            carried; None where the entries cannot be known again.
        vanished: Marks that were known and are gone.
        arriving: What is carried of the keys that are still to be decoded, by their names on the destination.
        passed: How many of those came already; they are not among `keys`.
    """

    scope: Scope
    keys: dict[str, Listed] = field(default_factory=dict, repr=False)
    indexes: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    differences: Differences = field(default_factory=Differences)
    unreadable: set[str] = field(default_factory=set)
    unknown: bool = False
    locked: int = 0
    unchanged: int = 0
    gone: set[str] | None = None
    marks: dict[int, str | None] | None = None
    vanished: set[int] = field(default_factory=set)
    arriving: Iterator[tuple[str, Listed]] | None = field(default=None, repr=False)
    passed: int = 0

    def arrive(self) -> None:
        """Take what was still to be decoded among `keys`."""
        self.keys.update(self.arriving or ())
        self.arriving, self.passed = None, 0

    @property
    def total(self) -> int:
        """How many keys are carried, as far as they have arrived."""
        return len(self.keys) + self.unchanged + self.passed


def sort_out(
    consul: Consul, scope: Scope, names: NameFinder, folders: Mapping[str, Fetched], keys: Mapping[str, Listed]
) -> SourceState:
    """Take of the keys of a source those that are carried, by their names on the destination.

    Args:
        consul: The source.
        scope: Which keys are carried.
        names: Finds out the names that a listing cannot show.
        folders: The folders that were fetched.
        keys: Keys in them.

    Raises:
        ServerError: Consul did not answer.
    """
    state = seen(scope, folders)
    for key, found in keys.items():
        name = scope.destination_of(key)
        if name is None:
            continue
        if MARK in key:
            _take_unlisted(consul, state, names, key, found)
        else:
            _take(state, name, key, found)
    return state


def seen(scope: Scope, folders: Mapping[str, Fetched]) -> SourceState:
    """A source whose keys are still to be taken.

    Args:
        scope: Which keys are carried.
        folders: The folders that were fetched.
    """
    state = SourceState(scope)
    state.indexes = {folder: fetched.index for folder, fetched in folders.items()}
    state.complete = all(fetched.complete for fetched in folders.values())
    return state


def read_destination(consul: Consul, scope: Scope, *, also: Iterable[str]) -> dict[str, Held]:
    """Read the keys of the destination in the folders that a pair writes.

    Args:
        consul: The destination.
        scope: Which keys are carried.
        also: Names that a listing cannot show; they are read one by one.

    Raises:
        ServerError: Consul did not answer with them.
    """
    keys: dict[str, Held] = {}
    for folder in scope.writes:
        listing = read_folder(consul.wire, folder)
        keys.update((key, held(found)) for key, found in listing.keys.items() if not key.startswith(RESERVED))
    for name in also:
        found = read_one(consul.wire, name)
        if found is not None:
            keys[name] = held(found)
    return keys


def _take(state: SourceState, name: str, key: str, found: Listed) -> None:
    if name in state.keys or name in state.unreadable:
        # Neither is carried: which of them should win is not for the sync to say.
        state.keys.pop(name, None)
        state.unreadable.add(name)
        state.differences.add(TWO_NAMES, key)
        return
    state.keys[name] = found
    state.locked += bool(found.session)


def _take_unlisted(consul: Consul, state: SourceState, names: NameFinder, key: str, listed: Listed) -> None:
    found = names.find(key, modified=listed.modified)
    if found is None:
        state.differences.add(NOT_UTF8, key)
        state.unknown = True
        return
    for true_key in found:
        name = state.scope.destination_of(true_key)
        value = listed if is_plain(true_key) else read_one(consul.wire, true_key)
        if name is not None and value is not None:
            _take(state, name, true_key, value)
