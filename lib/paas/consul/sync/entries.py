"""What the sync knows of a key: enough to compare it, without its value."""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import blake2b
from typing import NamedTuple

from paas.consul.listing import Listed

_DIGEST_BYTES = 15


class Held(NamedTuple):
    """A key as it lies on the destination: digest, ModifyIndex, and whether somebody locks it."""

    digest: str
    modified: int
    locked: bool


class Entry(NamedTuple):
    """A key in the ledger: what the sync wrote.

    Attributes:
        digest: Of the value and flags.
        modified: ModifyIndex that the write got; 0 while a write is only intended.
        previous: Digest of what was there before an intended write, "" where there was nothing; None otherwise.
    """

    digest: str
    modified: int
    previous: str | None = None


def digest(value: str, flags: int) -> str:
    """A short digest of a base64 value and its flags: 20 characters."""
    short = blake2b(f"{flags}:{value}".encode(), digest_size=_DIGEST_BYTES).digest()
    return b2a_base64(short, newline=False).decode("ascii")


def held(listed: Listed) -> Held:
    """What is kept of a key of the destination."""
    return Held(digest(listed.value, listed.flags), listed.modified, bool(listed.session))
