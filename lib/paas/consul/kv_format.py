"""The file format of `consul kv export` and `consul kv import`: a JSON list of keys with flags and base64 values."""

from __future__ import annotations

import base64
import binascii
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from paas.errors import InvalidInput

_LARGEST_FLAGS = 2**64 - 1


class Exported(NamedTuple):
    """One key of an export: its value in base64, and its flags."""

    key: str
    value: str
    flags: int


def as_text(keys: Iterable[Exported]) -> str:
    """The keys as `consul kv export` writes them, sorted by name."""
    entries = [{"key": each.key, "flags": each.flags, "value": each.value} for each in sorted(keys)]
    return json.dumps(entries, indent="\t", ensure_ascii=False) + "\n"


def read_text(text: str, *, parameter: str) -> list[Exported]:
    """The keys of an export.

    Args:
        text: The file's text.
        parameter: The action's parameter that it came by, for errors.

    Raises:
        InvalidInput: It is no such export. The text is not repeated.
    """
    try:
        entries = json.loads(text)
    except ValueError:
        raise InvalidInput(parameter, "(no JSON)", "a file that `consul kv export` wrote") from None
    if not isinstance(entries, list):
        raise InvalidInput(parameter, "(no list)", "a file that `consul kv export` wrote")
    return [_entry(entry, number, parameter) for number, entry in enumerate(entries)]


def read_file(path: str, *, parameter: str) -> list[Exported]:
    """The keys of a file on this machine.

    Raises:
        InvalidInput: It cannot be read, or is no export.
    """
    try:
        return read_text(Path(path).read_text(encoding="utf-8"), parameter=parameter)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(parameter, path, f"a readable file ({getattr(error, 'strerror', '') or error})") from None


def write_file(path: str, text: str, *, parameter: str) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises:
        InvalidInput: It cannot be written there.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidInput(parameter, path, f"a path that can be written ({error.strerror})") from None


def _entry(entry: Any, number: int, parameter: str) -> Exported:
    where = f"(entry {number})"
    if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str) or not entry["key"]:
        raise InvalidInput(parameter, where, "an object with a `key`")
    flags, value = entry.get("flags", 0), entry.get("value") or ""
    if not isinstance(flags, int) or isinstance(flags, bool) or not 0 <= flags <= _LARGEST_FLAGS:
        raise InvalidInput(parameter, where, "`flags` from 0 to 2^64-1")
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise InvalidInput(parameter, where, "a `value` in base64") from None
    return Exported(entry["key"], value, flags)
