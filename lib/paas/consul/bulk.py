"""Many keys at once: read for an export, written from an import."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from paas.consul.kv_format import Exported
from paas.consul.listing import Listed, read_folder
from paas.consul.transactions import Limits, TooMuch, cas, size_at_most, transact
from paas.consul.wire import Wire, key_path, shown
from paas.errors import Refused
from paas.settings import RESERVED

_MARK = "\N{REPLACEMENT CHARACTER}"
_NAMES_AT_MOST = 20


@dataclass
class Imported:
    """What an import did, or would do.

    Attributes:
        created: Keys that were not there.
        replaced: Keys that had another value or other flags.
        equal: How many were the same already.
        different: Keys that have another value there and were left alone.
        changed: Keys that somebody changed at the same moment, and that were left alone.
        refused: Keys that Consul did not take, with its words.
    """

    created: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    equal: int = 0
    different: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Counts, and the first names of each."""
        said: dict[str, Any] = {"equal": self.equal}
        for name in ("created", "replaced", "different", "changed"):
            keys = getattr(self, name)
            said[name] = {"count": len(keys), "keys": [shown(key) for key in sorted(keys)[:_NAMES_AT_MOST]]}
        first = sorted(self.refused.items())[:_NAMES_AT_MOST]
        said["refused"] = {"count": len(self.refused), "keys": {shown(key): words for key, words in first}}
        return said


def export_keys(wire: Wire, prefix: str) -> tuple[list[Exported], list[str]]:
    """Read every key below a prefix, from the leader; what belongs to the sync is left out.

    Returns:
        The keys, and the names (as a listing shows them) of those that are no UTF-8, which the format cannot hold.

    Raises:
        ServerError: Consul did not answer with them.
    """
    keys, unnamed = [], []
    for key, listed in read_folder(wire, prefix).keys.items():
        if key.startswith(RESERVED):
            continue
        if _MARK in key:
            unnamed.append(key)
        else:
            keys.append(Exported(key, listed.value, listed.flags))
    return keys, unnamed


def import_keys(wire: Wire, keys: Iterable[Exported], *, overwrite: bool = False, dry_run: bool = False) -> Imported:
    """Write keys, each only over what was read.

    Args:
        wire: The Consul.
        keys: The keys.
        overwrite: Whether a key that has another value is replaced; it is left alone otherwise.
        dry_run: Only look.

    Raises:
        Refused: One of them belongs to the sync; nothing was written.
        ServerError: Consul did not answer. What was written by then stays; doing it again goes on from there.
    """
    wanted = {each.key: each for each in keys}
    if any(key.startswith(RESERVED) for key in wanted):
        raise Refused(f"the import holds keys below {RESERVED}, which belong to the sync of Consuls")
    there = _there(wire, wanted)
    result = Imported()
    todo: list[tuple[Exported, int]] = []
    for key, each in wanted.items():
        found = there.get(key)
        if found is None:
            result.created.append(key)
        elif (found.value, found.flags) == (each.value, each.flags):
            result.equal += 1
            continue
        elif not overwrite:
            result.different.append(key)
            continue
        else:
            result.replaced.append(key)
        todo.append((each, found.modified if found else 0))
    if not dry_run:
        _write_all(wire, todo, result)
    return result


def _there(wire: Wire, wanted: dict[str, Exported]) -> dict[str, Listed]:
    """What lies there under the first segments of the wanted names; one listing a first segment."""
    folders = {key.partition("/")[0] + "/" if "/" in key else key for key in wanted}
    found: dict[str, Listed] = {}
    for folder in [""] if any(folder in ("/", ".", "..") for folder in folders) else sorted(folders):
        found.update(read_folder(wire, folder).keys)
    return found


def _write_all(wire: Wire, todo: Sequence[tuple[Exported, int]], result: Imported) -> None:
    limits = Limits()
    large = [each for each in todo if len(each[0].value) > limits.size - 2_000]
    rest = [each for each in todo if len(each[0].value) <= limits.size - 2_000]
    while rest:
        batch = list(_batch(rest, limits))
        try:
            operations = [cas(each.key, each.value, flags=each.flags, index=index) for each, index in batch]
            outcome = transact(wire, operations, limits=limits, target=f"{shown(batch[0][0].key)} and others")
        except TooMuch:
            if len(batch) == 1:
                large.append(batch[0])
                rest = rest[1:]
            continue
        if outcome.refused:
            left = {number: batch[number][0].key for number in outcome.refused}
            for number, key in left.items():
                _leave(result, key, outcome.refused[number])
            rest = [each for each in rest if each[0].key not in set(left.values())]
        else:
            rest = rest[len(batch) :]
    for each, index in large:
        _write_large(wire, each, index, result)


def _batch(rest: Sequence[tuple[Exported, int]], limits: Limits) -> Iterator[tuple[Exported, int]]:
    size = 0
    for number, (each, index) in enumerate(rest[: limits.operations]):
        size += size_at_most(each.key, each.value)
        if number and size > limits.size:
            return
        yield each, index


def _write_large(wire: Wire, each: Exported, index: int, result: Imported) -> None:
    answer = wire.ask(
        "PUT",
        key_path(each.key),
        operation="write",
        target=shown(each.key),
        parameters=(("cas", str(index)), ("flags", str(each.flags))),
        body=base64.b64decode(each.value),
        takes=(400, 403, 413),
    )
    if answer.status != 200:
        _leave(result, each.key, answer.text.strip()[:300] or str(answer.status))
    elif answer.text.strip() != "true":
        _leave(result, each.key, "index is stale")


def _leave(result: Imported, key: str, words: str) -> None:
    for names in (result.created, result.replaced):
        if key in names:
            names.remove(key)
    if "stale" in words:
        result.changed.append(key)
    else:
        result.refused[key] = words
