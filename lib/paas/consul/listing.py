"""Whole folders of the key/value store, read from the leader, and waiting until one of them changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from paas.consul.wire import Answer, Wire, key_path, shown
from paas.errors import Unavailable


class Listed(NamedTuple):
    """One key of a listing: its value in base64, its flags, its ModifyIndex, the session that locks it, or ""."""

    value: str
    flags: int
    modified: int
    session: str


@dataclass(frozen=True)
class Listing:
    """A folder at one moment.

    Attributes:
        index: X-Consul-Index of the answer.
        keys: The keys by their full names. A byte that is no UTF-8 arrives as U+FFFD.
        complete: False where the token may not see all of it.
    """

    index: int
    keys: dict[str, Listed] = field(repr=False)
    complete: bool


@dataclass(frozen=True)
class Fetched:
    """A folder as Consul sent it: `index` and `complete` as in a `Listing`, and the body with its keys."""

    index: int
    complete: bool
    body: bytes = field(repr=False)


def fetch_folder(wire: Wire, prefix: str) -> Fetched:
    """Fetch every key whose name begins with `prefix`, from a leader that has just made sure that it is one.

    Raises:
        Unavailable: Consul has no leader, or the answer does not come from a Consul.
        ServerError: Consul did not answer with the keys.
    """
    answer = wire.ask(
        "GET",
        key_path(prefix),
        operation="list",
        target=prefix or "all keys",
        parameters=(("recurse", ""), ("consistent", "")),
        takes=(404,),
    )
    index = index_of(wire, answer, target=prefix or "all keys")
    hidden = answer.headers.get("X-Consul-Results-Filtered-By-ACLs", "").lower() == "true"
    return Fetched(index=index, complete=not hidden, body=b"[]" if answer.status == 404 else answer.body)


def read_folder(wire: Wire, prefix: str) -> Listing:
    """Fetch every key whose name begins with `prefix`, and decode all of them.

    Raises:
        Unavailable: Consul has no leader, or the answer does not come from a Consul.
        ServerError: Consul did not answer with the keys.
    """
    fetched = fetch_folder(wire, prefix)
    return Listing(fetched.index, decode(wire, fetched.body, target=prefix or "all keys"), fetched.complete)


def decode(wire: Wire, body: bytes, *, target: str) -> dict[str, Listed]:
    """The keys in the body of a listing, in its order.

    Raises:
        Unavailable: It is no list of keys.
    """
    keys: dict[str, Listed] = {}

    def take(entry: dict[str, Any]) -> None:
        key, found = _listed(entry)
        keys[key] = found

    with _understood(wire, target=target):
        # The hook keeps no second copy of a large folder.
        if not isinstance(json.loads(body, object_hook=take), list):
            raise ValueError
    return keys


def decode_piece(wire: Wire, body: bytes, *, target: str) -> list[tuple[str, Listed]]:
    """The keys in a small part of a listing, in its order; faster than `decode`, which needs less memory.

    Raises:
        Unavailable: It is no list of keys.
    """
    with _understood(wire, target=target):
        return [_listed(entry) for entry in json.loads(body)]


def read_one(wire: Wire, key: str) -> Listed | None:
    """Read one key from the leader; its name may hold any byte.

    Raises:
        ServerError: Consul did not answer with it.
    """
    answer = wire.ask(
        "GET", key_path(key), operation="read", target=shown(key), parameters=(("consistent", ""),), takes=(404,)
    )
    index_of(wire, answer, target=shown(key))
    if answer.status == 404:
        return None
    with _understood(wire, target=shown(key)):
        (found,) = decode(wire, answer.body, target=shown(key)).values()
        return found


def wait_for_change(wire: Wire, prefix: str, *, index: int, wait: float) -> int:
    """Wait until a folder's index is above `index`; only names travel, and only those of its first level.

    Args:
        wire: The Consul.
        prefix: The folder.
        index: The last index that was seen, 0 to return at once.
        wait: Seconds at most.

    Returns:
        The index now; it may be the same, and after a restore it may be lower.

    Raises:
        ServerError: Consul did not answer.
    """
    parameters = [("keys", ""), ("separator", "/")]
    if index > 0:
        parameters += [("index", str(index)), ("wait", f"{max(1, round(wait))}s")]
    answer = wire.ask(
        "GET", key_path(prefix), operation="watch", target=prefix or "all keys", parameters=parameters, takes=(404,)
    )
    return index_of(wire, answer, target=prefix or "all keys")


def index_of(wire: Wire, answer: Answer, *, target: str) -> int:
    """The index of a read's answer, at least 1.

    Raises:
        Unavailable: There is none, or no leader stands behind the answer: it cannot be built upon.
    """
    headers = answer.headers
    try:
        index = int(headers.get("X-Consul-Index", ""))
    except ValueError:
        words = "the answer has no X-Consul-Index: it does not come from a Consul"
    else:
        if headers.get("X-Consul-KnownLeader", "true").lower() == "true":
            return max(1, index)
        words = "it knows no leader; what it says may be old"
    raise Unavailable(
        system=f"Consul {wire.profile}", operation="list", target=target, status=answer.status, words=words
    )


def _listed(entry: dict[str, Any]) -> tuple[str, Listed]:
    found = Listed(entry["Value"] or "", entry["Flags"], entry["ModifyIndex"], entry.get("Session") or "")
    return entry["Key"], found


@contextmanager
def _understood(wire: Wire, *, target: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        # The error is not quoted: it may hold a value.
        raise Unavailable(
            system=f"Consul {wire.profile}",
            operation="list",
            target=target,
            status=200,
            words=f"the answer is no list of keys ({type(error).__name__})",
        ) from None
