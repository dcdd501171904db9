"""Writing keys of a secret so that nobody's update is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paas.errors import Conflict
from paas.vault.client import Vault
from paas.vault.grants import check_path
from paas.vault.secrets import StoredSecret
from paas.vault.values import Wanted

_ATTEMPTS = 10


@dataclass(frozen=True)
class WrittenSecret:
    """What became of one secret; no value is in it.

    Attributes:
        path: Its path.
        version: Its version now (1 on KV version 1); what it would be in a dry run.
        changed: Keys that got another value, or that went.
        keys: All keys that it has now.
        dry_run: Whether nothing was written.
    """

    path: str
    version: int
    changed: tuple[str, ...]
    keys: tuple[str, ...]
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "path": self.path,
            "version": self.version,
            "changed": list(self.changed),
            "keys": list(self.keys),
            "written": bool(self.changed) and not self.dry_run,
            "dry_run": self.dry_run,
        }


def write_keys(
    vault: Vault,
    path: str,
    wanted: Wanted,
    *,
    rotate: bool = False,
    only: bool = False,
    cas: int | None = None,
    dry_run: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> WrittenSecret:
    """Give a secret the wanted values; its other keys stay.

    When somebody else writes at the same moment, it is read and merged again: on KV version 2 no update is lost. KV
    version 1 cannot compare, so that there a moment between reading and writing stays open.

    Args:
        vault: The Vault.
        path: The secret's path, the mount first.
        wanted: What it is to hold.
        rotate: Make up new values for generated keys that have one.
        only: Drop keys that are not wanted.
        cas: The version that it must have, 0 where it must not be there; any by default.
        dry_run: Only look.
        pause: Sleeps for a number of seconds.

    Raises:
        InvalidInput: It is no path.
        Conflict: It has another version than `cas`, or somebody else writes without an end.
        ServerError: Vault did not take it.
    """
    check_path(path)
    for attempt in range(_ATTEMPTS):
        there = vault.read(path)
        _check_version(vault, path, there, cas)
        before = dict(there.data or {}) if there else {}
        after = wanted.merged(before, rotate=rotate, only=only)
        changed = tuple(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))
        version = there.version if there else 0
        if not changed:
            return WrittenSecret(path, version, (), tuple(sorted(after)), dry_run)
        if dry_run:
            return WrittenSecret(path, version + 1, changed, tuple(sorted(after)), dry_run)
        try:
            written = vault.write(path, after, replaces=there)
        except Conflict:
            if cas is not None or attempt == _ATTEMPTS - 1:
                raise
            pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - it spreads writers
        else:
            return WrittenSecret(path, written, changed, tuple(sorted(after)))
    raise AssertionError("unreachable")


def _check_version(vault: Vault, path: str, there: StoredSecret | None, cas: int | None) -> None:
    version = there.version if there else 0
    if cas is not None and cas != version:
        raise Conflict(
            system=f"Vault {vault.profile}",
            operation="write",
            target=path,
            words=f"it has version {version}, not {cas}" if there else f"it is not there, so it has no version {cas}",
            status=400,
        )
