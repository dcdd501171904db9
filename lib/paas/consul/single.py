"""One key: looked at, compared, then written or deleted."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from paas.consul.failures import answered
from paas.consul.listing import Listed, read_folder, read_one
from paas.consul.sync.names import MARK, NameFinder
from paas.consul.transactions import Limits, TooMuch, delete_cas, transact
from paas.consul.wire import Wire, is_plain, key_path, shown
from paas.errors import Conflict, InvalidInput, NotFound, Refused
from paas.settings import RESERVED

#: Keys that one recursive delete takes unless it is told otherwise.
DELETES_AT_MOST = 100


@dataclass(frozen=True)
class FoundKey:
    """One key; its value does not show itself."""

    key: str
    value: bytes = field(repr=False)
    flags: int
    modified: int
    locked: bool

    def as_dict(self) -> dict[str, Any]:
        """All but the value."""
        return {
            "key": shown(self.key),
            "bytes": len(self.value),
            "flags": self.flags,
            "modify_index": self.modified,
            "locked": self.locked,
        }


def get_key(wire: Wire, key: str) -> FoundKey:
    """Read one key from the leader.

    Raises:
        InvalidInput: It is no key's name.
        NotFound: There is none.
        ServerError: Consul did not answer with it.
    """
    _check_name(key)
    found = read_one(wire, key)
    if found is None:
        raise NotFound(system=f"Consul {wire.profile}", operation="read", target=key, status=404, words="no such key")
    return _found(key, found)


def put_key(
    wire: Wire, key: str, value: bytes, *, flags: int | None = None, cas: int | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Write one key over what was read just before; the same value is not written again.

    Args:
        wire: The Consul.
        key: Its name.
        value: Its value.
        flags: Its flags; those that it has, or 0, by default.
        cas: The ModifyIndex that it must have, 0 where it must not be there.
        dry_run: Only look.

    Returns:
        `key`, `written`, `created`, `bytes` and `modify_index`, that of the key as it is now.

    Raises:
        InvalidInput: It is no key's name.
        Refused: It belongs to the sync.
        Conflict: It is not the one that `cas` names, or changed meanwhile.
        ServerError: Consul did not take it.
    """
    _check_name(key)
    _check_ours(key)
    there = read_one(wire, key)
    modified = there.modified if there else 0
    if cas is not None and cas != modified:
        raise Conflict(
            system=f"Consul {wire.profile}",
            operation="write",
            target=key,
            words=f"its ModifyIndex is {modified}, not {cas}" if there else "it is not there",
            status=409,
        )
    wanted = flags if flags is not None else there.flags if there else 0
    said = {"key": key, "created": there is None, "bytes": len(value), "modify_index": modified, "dry_run": dry_run}
    if there is not None and base64.b64decode(there.value) == value and there.flags == wanted:
        return {**said, "written": False}
    if not dry_run:
        _write(wire, key, value, flags=wanted, cas=modified)
        now = read_one(wire, key)
        said["modify_index"] = now.modified if now else 0
    return {**said, "written": not dry_run}


def key_to_delete(wire: Wire, key: str) -> list[FoundKey]:
    """The key that a delete would take; [] where it is gone.

    Raises:
        InvalidInput: It is no key's name.
        Refused: It belongs to the sync.
        ServerError: Consul did not answer.
    """
    _check_name(key)
    _check_ours(key)
    there = read_one(wire, key)
    return [] if there is None else [_found(key, there)]


def folder_to_delete(wire: Wire, folder: str, *, at_most: int = DELETES_AT_MOST) -> list[FoundKey]:
    """The keys that a recursive delete would take.

    Args:
        wire: The Consul.
        folder: A folder, with a slash at its end.
        at_most: How many keys may lie in it.

    Raises:
        InvalidInput: It is no folder, or holds more keys.
        Refused: It holds what belongs to the sync.
        ServerError: Consul did not answer.
    """
    if not folder.endswith("/") or folder.startswith("/"):
        raise InvalidInput("key", folder, "a folder with a slash at its end, such as shop/, where `recurse` is true")
    _check_ours(folder)
    found = [
        each for key, listed in sorted(read_folder(wire, folder).keys.items()) for each in _named(wire, key, listed)
    ]
    if len(found) > at_most:
        raise InvalidInput("key", folder, f"a folder of at most {at_most} keys (max_keys); it holds {len(found)}")
    return found


def delete_found(wire: Wire, found: list[FoundKey]) -> tuple[list[str], list[str]]:
    """Delete keys that are still what was read.

    Returns:
        The names of those that were deleted, and of those that changed meanwhile and stay.

    Raises:
        ServerError: Consul did not answer.
    """
    deleted, changed = [], []
    limits, rest = Limits(), list(found)
    while rest:
        batch = rest[: limits.operations]
        # A name that is no UTF-8 goes by itself: no transaction can hold it.
        if not all(is_plain(each.key) for each in batch):
            batch = batch[:1]
        try:
            refused = _delete_together(wire, batch, limits)
        except TooMuch:
            continue
        if refused:
            changed += [shown(each.key) for each in refused]
            rest = [each for each in rest if each not in refused]
        else:
            deleted += [shown(each.key) for each in batch]
            rest = rest[len(batch) :]
    return deleted, changed


def _delete_together(wire: Wire, batch: list[FoundKey], limits: Limits) -> list[FoundKey]:
    """Delete all of them, or none; gives those that keep the others from it."""
    if len(batch) == 1:
        try:
            _delete(wire, batch[0].key, cas=batch[0].modified)
        except Conflict:
            return batch
        return []
    operations = [delete_cas(each.key, index=each.modified) for each in batch]
    outcome = transact(wire, operations, limits=limits, target=f"{shown(batch[0].key)} and others")
    stale = {number: words for number, words in outcome.refused.items() if "stale" in words}
    if outcome.refused and not stale:
        number, words = next(iter(outcome.refused.items()))
        asked = {"system": f"Consul {wire.profile}", "operation": "delete", "target": shown(batch[number].key)}
        raise answered(status=403 if "denied" in words.lower() else 400, words=words, asked=asked)
    return [batch[number] for number in stale]


def _write(wire: Wire, key: str, value: bytes, *, flags: int, cas: int) -> None:
    answer = wire.ask(
        "PUT",
        key_path(key),
        operation="write",
        target=shown(key),
        parameters=(("cas", str(cas)), ("flags", str(flags))),
        body=value,
    )
    _check_taken(wire, answer.text, "write", key)


def _delete(wire: Wire, key: str, *, cas: int) -> None:
    answer = wire.ask("DELETE", key_path(key), operation="delete", target=shown(key), parameters=(("cas", str(cas)),))
    _check_taken(wire, answer.text, "delete", key)


def _check_taken(wire: Wire, answer: str, operation: str, key: str) -> None:
    if answer.strip() != "true":
        raise Conflict(
            system=f"Consul {wire.profile}",
            operation=operation,
            target=shown(key),
            words="it changed since it was read",
            status=409,
        )


def _named(wire: Wire, key: str, listed: Listed) -> list[FoundKey]:
    """A listed key under its true name, which a listing does not show where it is no UTF-8."""
    if MARK not in key:
        return [_found(key, listed)]
    names = NameFinder(wire).find(key, modified=listed.modified) or []
    there = ((name, read_one(wire, name)) for name in names)
    return [_found(name, found) for name, found in there if found is not None]


def _found(key: str, listed: Listed) -> FoundKey:
    return FoundKey(key, base64.b64decode(listed.value), listed.flags, listed.modified, bool(listed.session))


def _check_name(key: str) -> None:
    if not key or key.startswith("/") or key in (".", ".."):
        raise InvalidInput("key", key, "the name of a key, without a slash at its beginning")


def _check_ours(key: str) -> None:
    if key.startswith(RESERVED) or (RESERVED.startswith(key) and key.endswith("/")):
        raise Refused(f"{key} belongs to the sync of Consuls; stop the pair and delete {RESERVED}<pair>/ by hand")
