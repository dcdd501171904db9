"""What can be done to a destination, each together with its line in the ledger."""

from __future__ import annotations

from typing import NamedTuple

from paas.consul.sync.entries import Entry


class Put(NamedTuple):
    """Write a value over what was read; `cas` 0 creates."""

    key: str
    value: str
    flags: int
    digest: str
    cas: int


class Remove(NamedTuple):
    """Delete a key that is still what was read."""

    key: str
    cas: int


class Note(NamedTuple):
    """Change a key's line in the ledger, and nothing else."""

    key: str
    entry: Entry


class Forget(NamedTuple):
    """Take a key out of the ledger; it stays, or is gone already."""

    key: str


Change = Put | Remove | Note | Forget
