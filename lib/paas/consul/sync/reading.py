"""Reading both sides of a pair as they are now, from their leaders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from paas.consul.client import Consul
from paas.consul.listing import Listed, read_folder, read_one
from paas.consul.sync.compare import NOT_UTF8, TWO_NAMES, Differences
from paas.consul.sync.entries import Held, held
from paas.consul.sync.ledger import Ledger
from paas.consul.sync.names import MARK, NameFinder
from paas.consul.sync.scope import Scope, vault_roots
from paas.consul.wire import is_plain
from paas.settings import RESERVED, SyncPair


class View(NamedTuple):
    """What is known of the destination; it is read anew whenever something did not go as expected."""

    ledger: Ledger
    keys: dict[str, Held]


@dataclass
class SourceState:
    """The source at one moment.

    Attributes:
        keys: The keys that are carried, by their names on the destination.
        scope: Which keys are carried; a Vault's own storage that was found is not.
        indexes: X-Consul-Index by the folder that was read.
        complete: False where the token may not see every key.
        differences: Keys that cannot be carried, and why.
        unreadable: Names on the destination of such keys; they must not be taken for deleted.
        unknown: Whether there is a key whose name could not be found out.
        locked: How many keys are locked; their values are carried, their locks are not.
        vaults: Folders found to be a Vault's own storage.
    """

    scope: Scope
    keys: dict[str, Listed] = field(default_factory=dict, repr=False)
    indexes: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    differences: Differences = field(default_factory=Differences)
    unreadable: set[str] = field(default_factory=set)
    unknown: bool = False
    locked: int = 0
    vaults: tuple[str, ...] = ()


def read_source(consul: Consul, pair: SyncPair, names: NameFinder) -> SourceState:
    """Read everything that a pair carries.

    Raises:
        ServerError: Consul did not answer with it.
    """
    listed: dict[str, Listed] = {}
    state = SourceState(Scope(pair))
    for folder in state.scope.reads:
        listing = read_folder(consul.wire, folder)
        listed.update(listing.keys)
        state.indexes[folder] = listing.index
        state.complete = state.complete and listing.complete
    state.vaults = vault_roots(listed.keys())
    state.scope = Scope(pair, vaults=state.vaults)
    for key, found in listed.items():
        name = state.scope.destination_of(key)
        if name is None:
            continue
        if MARK in key:
            _take_unlisted(consul, state, names, key, found)
        else:
            _take(state, name, key, found)
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
