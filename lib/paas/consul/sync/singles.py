"""Keys that no transaction can carry: values above its limit, and names that are no UTF-8.

The ledger says first what is intended, then the key is written by itself, then the ledger says that it was. Whoever
is killed in between leaves an intention, from which the next run sees that the key is the sync's own.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from paas.consul.listing import read_one
from paas.consul.sync.changes import Change, Forget, Note, Put, Remove
from paas.consul.sync.compare import DENIED, MOVED, REFUSED, TOO_LARGE
from paas.consul.sync.entries import Entry, Held, held
from paas.consul.sync.ledger import Ledger
from paas.consul.sync.writing import Writer
from paas.consul.wire import Wire, key_path, shown

#: Statuses that are about one key, and what they mean; 400 is a name with characters that no path may hold.
_REASONS = {400: REFUSED, 403: DENIED, 413: TOO_LARGE}


def write_singles(
    writer: Writer, wire: Wire, ledger: Ledger, destination: dict[str, Held], changes: Sequence[Put | Remove]
) -> None:
    """Write and delete keys one by one.

    Args:
        writer: Keeps the ledger.
        wire: The destination.
        ledger: What the sync wrote.
        destination: The destination's keys as they were read; kept up to date.
        changes: What is to be done.

    Raises:
        ServerError: Consul did not answer.
    """
    puts = [change for change in changes if isinstance(change, Put)]
    before = {change.key: ledger.get(change.key) for change in changes}
    writer.apply(Note(put.key, _intention(put, before[put.key])) for put in puts)
    notes: list[Change] = []
    for put in puts:
        notes.append(_put(writer, wire, destination, put, before[put.key]))
    for change in changes:
        if isinstance(change, Remove) and _remove(writer, wire, change):
            destination.pop(change.key, None)
            notes.append(Forget(change.key))
    writer.apply(notes)


def _intention(put: Put, entry: Entry | None) -> Entry:
    return Entry(put.digest, 0, entry.digest if entry else "")


def _put(writer: Writer, wire: Wire, destination: dict[str, Held], put: Put, entry: Entry | None) -> Change:
    answer = wire.ask(
        "PUT",
        key_path(put.key),
        operation="write",
        target=shown(put.key),
        parameters=(("cas", str(put.cas)), ("flags", str(put.flags))),
        body=base64.b64decode(put.value),
        takes=tuple(_REASONS),
    )
    if answer.status == 200 and answer.text.strip() == "true":
        there = read_one(wire, put.key)
        if there is not None and held(there).digest == put.digest:
            destination[put.key] = held(there)
            writer.written.puts += 1
            return Note(put.key, Entry(put.digest, there.modified))
        writer.written.differences.add(MOVED, put.key)
    else:
        writer.written.differences.add(_REASONS.get(answer.status, MOVED), put.key)
    return Forget(put.key) if entry is None else Note(put.key, entry)


def _remove(writer: Writer, wire: Wire, change: Remove) -> bool:
    answer = wire.ask(
        "DELETE",
        key_path(change.key),
        operation="delete",
        target=shown(change.key),
        parameters=(("cas", str(change.cas)),),
        takes=tuple(_REASONS),
    )
    if answer.status == 200 and answer.text.strip() == "true":
        writer.written.removes += 1
        return True
    writer.written.differences.add(_REASONS.get(answer.status, MOVED), change.key)
    return False
