"""Reading the same source again and again: what was read before and is in step is recognised, and not decoded again.

Consul has no list of changes, only whole folders. An entry of a folder is known by a hash of its bytes as Consul sent
them, with its value, flags, indexes and lock in them. So whatever differs from what was read before is seen, also on a
source that was restored or replaced; nothing is concluded from an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from paas.consul.client import Consul
from paas.consul.listing import Fetched, Listed, decode, decode_piece, fetch_folder
from paas.consul.sync.compare import Differences
from paas.consul.sync.ledger import Ledger
from paas.consul.sync.names import MARK, NameFinder
from paas.consul.sync.reading import SourceState, seen, sort_out
from paas.consul.sync.scope import VAULT_MARKS, Scope, marks_vault, vault_roots
from paas.settings import SyncPair

# A quote inside a JSON string is escaped, so that this stands between two entries and nowhere else.
_HEAD, _BETWEEN, _TAIL = b'[{"LockIndex":', b'},{"LockIndex":', b"}]"
_EMPTY = b"[]"
# What the body of a listing holds where a key may be a Vault's, or has a name that is no UTF-8.
_TELLING = (*(f'{mark}"'.encode() for mark in VAULT_MARKS), MARK.encode(), rb"\ufffd")
# Entries that are decoded at once.
_PIECE = 1_000


class Follower:
    """Reads one pair's source.

    Args:
        pair: The pair.
        names: Finds out the names that a listing cannot show.
    """

    def __init__(self, pair: SyncPair, names: NameFinder) -> None:
        self._pair = pair
        self._names = names
        self.forget()

    def forget(self) -> None:
        """Decode everything at the next reading."""
        self._scope = Scope(self._pair)
        # Marks of entries, with the names of those that are carried and in step; what is left different is not known,
        # so that it is looked at every time.
        self._known: dict[int, str] = {}
        self._others: set[int] = set()
        self._locked: set[int] = set()
        # Names in the ledger that were not on the source.
        self._lingering: set[str] = set()

    def read(self, consul: Consul, *, remember: bool = False, piecemeal: bool = False) -> SourceState:
        """Read everything that the pair carries.

        Args:
            consul: The source.
            remember: Whether `settle` will follow, so that the next reading needs to decode less.
            piecemeal: Whether the keys may be left `arriving`, where each can be judged without the others.

        Raises:
            ServerError: Consul did not answer with it.
        """
        folders = {folder: fetch_folder(consul.wire, folder) for folder in self._scope.reads}
        state = self._news(consul, folders) if self._known else None
        if state is None and piecemeal and not remember:
            state = self._piecemeal(consul, folders)
        return state or self._everything(consul, folders, remember=remember)

    def settle(self, state: SourceState, ledger: Ledger, differences: Differences) -> None:
        """Remember what is in step after a round.

        Args:
            state: What was read for it.
            ledger: As it is after the round.
            differences: What the round left different.
        """
        if state.marks is None or state.gone is None:
            self.forget()
        if state.marks is None:
            return
        self._scope = state.scope
        left = set(chain.from_iterable(differences.by_reason.values()))
        for mark in state.vanished:
            self._known.pop(mark, None)
        self._others -= state.vanished
        self._locked -= state.vanished
        for mark, name in state.marks.items():
            if name is None:
                self._others.add(mark)
            elif name not in left:
                self._known[mark] = name
                if state.keys[name].session:
                    self._locked.add(mark)
        gone: Iterable[str] = ledger if state.gone is None else state.gone
        self._lingering = {name for name in gone if name in ledger and name not in state.keys}

    def _everything(self, consul: Consul, folders: Mapping[str, Fetched], *, remember: bool) -> SourceState:
        keys: dict[str, Listed] = {}
        for folder, fetched in folders.items():
            keys.update(decode(consul.wire, fetched.body, target=folder or "all keys"))
        scope = Scope(self._pair, vaults=vault_roots(keys.keys()))
        state = sort_out(consul, scope, self._names, folders, keys)
        if remember and self._may_follow(keys):
            marks = list(map(hash, _all_entries(folders) or ()))
            if len(set(marks)) == len(marks) == len(keys):
                state.marks = {mark: scope.destination_of(key) for mark, key in zip(marks, keys, strict=True)}
        return state

    def _piecemeal(self, consul: Consul, folders: Mapping[str, Fetched]) -> SourceState | None:
        """A source whose keys arrive while they are asked for; None where one of them may change what another means."""
        entries = _all_entries(folders)
        telling = any(each in fetched.body for fetched in folders.values() for each in _TELLING)
        if entries is None or telling or self._pair.key_map:
            return None
        state = seen(Scope(self._pair), folders)

        def arriving() -> Iterator[tuple[str, Listed]]:
            for begun in range(0, len(entries), _PIECE):
                piece = decode_piece(consul.wire, _joined(entries[begun : begun + _PIECE]), target="all keys")
                carried = [item for item in piece if state.scope.destination_of(item[0]) is not None]
                state.passed += len(carried)
                state.locked += sum(bool(found.session) for _, found in carried)
                yield from carried

        state.arriving = arriving()
        return state

    def _news(self, consul: Consul, folders: Mapping[str, Fetched]) -> SourceState | None:
        """What is new and what is gone; None where everything has to be looked at."""
        entries = _all_entries(folders)
        if entries is None:
            return None
        by_mark = dict(zip(map(hash, entries), entries, strict=True))
        new = [mark for mark in by_mark.keys() - self._known.keys() if mark not in self._others]
        keys = decode(consul.wire, _joined([by_mark[mark] for mark in new]), target="what is new")
        if len(by_mark) != len(entries) or len(keys) != len(new):
            return None
        if not self._may_follow(keys) or any(map(marks_vault, keys)):
            return None
        state = sort_out(consul, self._scope, self._names, folders, keys)
        state.marks = {mark: self._scope.destination_of(key) for mark, key in zip(new, keys, strict=True)}
        state.vanished = {mark for seen in (self._known, self._others) for mark in seen if mark not in by_mark}
        names = {self._known[mark] for mark in state.vanished if mark in self._known}
        state.gone = (names | self._lingering) - state.keys.keys()
        state.unchanged = len(self._known) - len(names)
        state.locked += len(self._locked - state.vanished)
        return state

    def _may_follow(self, keys: Iterable[str]) -> bool:
        """Whether each of the keys can be judged without the others: no two of them may get one name."""
        return not self._pair.key_map and not any(MARK in key for key in keys)


def _all_entries(folders: Mapping[str, Fetched]) -> list[bytes] | None:
    """What stands between the heads of all entries; None where a listing looks other than Consul's own."""
    entries: list[bytes] = []
    for fetched in folders.values():
        text = fetched.body.strip()
        if text.startswith(_HEAD) and text.endswith(_TAIL):
            entries += text[len(_HEAD) : -len(_TAIL)].split(_BETWEEN)
        elif text != _EMPTY:
            return None
    return entries


def _joined(entries: Sequence[bytes]) -> bytes:
    return _HEAD + _BETWEEN.join(entries) + _TAIL if entries else _EMPTY
