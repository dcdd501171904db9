"""The ledger: what the sync wrote on a destination, kept there, in segments that are written with the keys.

A segment is one key with a JSON object: a key's name and its digest, or `[digest, ModifyIndex]`, or
`[digest, 0, digest before]` for a write that is only intended. A digest alone means that the key was written in the
same transaction as the segment, so that the segment's own ModifyIndex is the key's. Every key stands in one segment;
each segment is changed by one transaction at a time, which compares it first.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from paas.consul.listing import read_folder
from paas.consul.sync.changes import Change, Forget, Note, Put, Remove
from paas.consul.sync.entries import Entry
from paas.consul.wire import Wire

#: What stands in a segment, by the names of the keys.
Entries = dict[str, Entry]
#: Below the operations of one transaction, so that a segment full of new keys is one transaction.
SEGMENT_KEYS = 126
#: Characters of names in one segment.
SEGMENT_SIZE = 16_000


class Segment:
    """One key of the ledger.

    Attributes:
        key: Its name in Consul.
        modified: Its ModifyIndex, 0 before it was written.
        entries: What stands in it; ModifyIndex 0 stands for the segment's own unless a write is only intended.
    """

    def __init__(self, key: str, *, modified: int = 0, entries: Entries | None = None) -> None:
        self.key = key
        self.modified = modified
        self.entries: Entries = entries if entries is not None else {}

    def entry(self, key: str) -> Entry:
        """One entry, with its ModifyIndex."""
        entry = self.entries[key]
        return entry if entry.modified or entry.previous is not None else Entry(entry.digest, self.modified)

    def after(self, changes: Iterable[Change]) -> Entries:
        """The entries as they will be; ModifyIndex 0 for those that are written in the same transaction."""
        entries = {key: self.entry(key) for key in self.entries}
        for change in changes:
            if isinstance(change, Put):
                entries[change.key] = Entry(change.digest, 0)
            elif isinstance(change, Note):
                entries[change.key] = change.entry
            elif isinstance(change, (Remove, Forget)):
                entries.pop(change.key, None)
        return entries


def as_value(entries: Mapping[str, Entry]) -> str:
    """A segment's text, in base64."""
    lines = ",".join([f"{_quoted(key)}:{_line(entry)}" for key, entry in entries.items()])
    return base64.b64encode(f"{{{lines}}}".encode()).decode("ascii")


def _line(entry: Entry) -> str:
    """An entry as JSON."""
    mark, modified, previous = entry
    if previous is not None:
        return f"[{_quoted(mark)},0,{_quoted(previous)}]"
    return f"[{_quoted(mark)},{modified}]" if modified else _quoted(mark)


def read_value(value: str, *, modified: int) -> Entries | None:
    """A segment's entries, None where the text is none of a segment.

    Args:
        value: The text in base64.
        modified: The segment's ModifyIndex.
    """
    try:
        lines = json.loads(base64.b64decode(value))
        return {key: _entry(line, modified) for key, line in lines.items()}
    except (ValueError, TypeError, AttributeError):
        return None


def _entry(line: Any, modified: int) -> Entry:
    if isinstance(line, str):
        return Entry(line, modified)
    mark, index, *previous = line
    if not isinstance(mark, str) or not isinstance(index, int) or not all(isinstance(each, str) for each in previous):
        raise ValueError
    return Entry(mark, index, *previous[:1])


class Ledger(Mapping[str, Entry]):
    """Every entry, by key.

    Attributes:
        damaged: Segments that could not be understood; what stood there counts as not the sync's own.
    """

    def __init__(self, folder: str, segments: Sequence[Segment] = (), *, damaged: Sequence[str] = ()) -> None:
        self._folder = folder
        self._where: dict[str, Segment] = {}
        self._segments: dict[str, Segment] = {}
        self.damaged = tuple(damaged)
        # Were a key in two segments, the later one counts.
        for segment in sorted(segments, key=lambda each: each.modified):
            self._segments[segment.key] = segment
            self._where.update(dict.fromkeys(segment.entries, segment))

    def __getitem__(self, key: str) -> Entry:
        return self._where[key].entry(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)

    def items(self) -> Any:
        """Every key with its entry."""
        return ((key, segment.entry(key)) for key, segment in self._where.items())

    def get(self, key: str, default: Any = None) -> Any:
        """One entry."""
        segment = self._where.get(key)
        return default if segment is None else segment.entry(key)

    def place(self, changes: Iterable[Change]) -> Iterator[tuple[Segment, list[Change]]]:
        """Sort changes by the segment that each belongs to; a new key gets a segment with room.

        Yields:
            New segments as soon as they are full, the others when all changes are sorted. What was yielded may be
            written and committed meanwhile.
        """
        placed: dict[Segment, list[Change]] = {}
        filling: Segment | None = None
        room = _Room(self._folder, self._segments.values())
        for change in changes:
            segment = self._where.get(change.key)
            if segment is None:
                if isinstance(change, (Remove, Forget)):
                    continue  # only what the ledger holds is ever removed
                segment = room.for_key(change.key)
                if filling is not None and filling is not segment and filling.key not in self._segments:
                    yield filling, placed.pop(filling)
                filling = segment
            placed.setdefault(segment, []).append(change)
        yield from placed.items()

    def commit(self, segment: Segment, entries: Entries, *, modified: int) -> None:
        """Take over what a transaction has written."""
        for key in segment.entries.keys() - entries.keys():
            self._where.pop(key, None)
        for key in entries.keys() - segment.entries.keys():
            self._where[key] = segment
        segment.entries, segment.modified = entries, modified
        if entries:
            self._segments[segment.key] = segment
        else:
            self._segments.pop(segment.key, None)


class _Room:
    """Finds a segment for each new key: the emptiest ones first, then new ones."""

    def __init__(self, folder: str, segments: Iterable[Segment]) -> None:
        self._folder = folder
        half_empty = (each for each in segments if len(each.entries) < SEGMENT_KEYS // 2)
        self._roomy = sorted(half_empty, key=lambda each: -len(each.entries))
        self._open: Segment | None = None
        self._keys = self._size = 0

    def for_key(self, key: str) -> Segment:
        if self._open is None or self._keys >= SEGMENT_KEYS or self._size + len(key) > SEGMENT_SIZE:
            self._open = self._roomy.pop() if self._roomy else Segment(f"{self._folder}{secrets.token_hex(8)}")
            self._keys, self._size = len(self._open.entries), sum(map(len, self._open.entries))
        self._keys += 1
        self._size += len(key)
        return self._open


def read_ledger(wire: Wire, folder: str) -> Ledger:
    """Read the ledger of a pair.

    Raises:
        ServerError: Consul did not answer with it.
    """
    segments, damaged = [], []
    for key, listed in read_folder(wire, folder).keys.items():
        entries = read_value(listed.value, modified=listed.modified)
        if entries is None:
            damaged.append(key)
        else:
            segments.append(Segment(key, modified=listed.modified, entries=entries))
    return Ledger(folder, segments, damaged=damaged)
