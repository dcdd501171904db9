"""Secrets from one Vault to another: compared without showing them, written with compare-and-set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from paas.errors import Conflict, InvalidInput, PaasError
from paas.vault.client import Vault
from paas.vault.grants import check_path
from paas.vault.history import copy_history
from paas.vault.secrets import StoredSecret
from paas.vault.trees import paths_below

#: In custom_metadata of KV version 2: where a copy came from, and which version the copy wrote.
COPIED_FROM, COPIED_AS = "paas.internal/copied-from", "paas.internal/copied-as-version"
#: In place of the version while a history is being carried.
UNFINISHED = "unfinished"
Outcome = Literal["created", "updated", "equal", "different", "unreadable", "changed_meanwhile", "failed"]
_NAMES_AT_MOST = 50


@dataclass
class Copied:
    """What became of each path; no value is in it."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    keys: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Counts, and the first paths of each outcome with what is to be said about them."""
        said: dict[str, Any] = {}
        for outcome in ("created", "updated", "equal", "different", "unreadable", "changed_meanwhile", "failed"):
            paths = sorted(path for path, found in self.outcomes.items() if found == outcome)
            said[outcome] = {"count": len(paths), "paths": paths[:_NAMES_AT_MOST] if outcome != "equal" else []}
        said["messages"] = {path: self.words[path] for path in sorted(self.words)[:_NAMES_AT_MOST]}
        said["diff"] = {path: self.keys[path] for path in sorted(self.keys)[:_NAMES_AT_MOST]}
        return said


def copy_secrets(
    source: Vault,
    destination: Vault,
    *,
    path: str,
    to: str | None = None,
    versions: Literal["current", "all"] = "current",
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Copied:
    """Copy one secret, or everything in a folder.

    A secret of the destination that another hand wrote is left alone unless `overwrite` says otherwise; one that an
    earlier copy wrote, and nobody changed since, is brought up to date (KV version 2 remembers which that is).

    Args:
        source: The Vault that is read.
        destination: The Vault that is written.
        path: A secret, or a folder with a slash at its end.
        to: What the path is called on the destination; the same by default.
        versions: `all` carries the history of a secret that is not yet on the destination, version by version; both
            must be KV version 2.
        overwrite: Replace what another hand wrote.
        dry_run: Only compare.
        progress: Takes lines for a person who waits.

    Raises:
        InvalidInput: A path cannot be used.
        ServerError: One of the Vaults did not list a folder.
    """
    to = path if to is None else to
    folder = path.endswith("/")
    if folder != to.endswith("/"):
        raise InvalidInput("to", to, "a folder with a slash at its end where `path` is one, else none")
    check_path(f"{path}x" if folder else path)
    check_path(f"{to}x" if folder else to, parameter="to")
    paths = paths_below(source, path) if folder else [path]
    copied = Copied()
    for number, each in enumerate(paths):
        target = to + each[len(path) :]
        try:
            _copy_one(source, destination, each, target, copied, versions, overwrite=overwrite, dry_run=dry_run)
        except Conflict as error:
            copied.outcomes[target], copied.words[target] = "changed_meanwhile", str(error)
        except PaasError as error:
            copied.outcomes[target], copied.words[target] = "failed", str(error)
        if number % 100 == 99:
            progress(f"{number + 1} of {len(paths)} secrets")
    return copied


def _copy_one(
    source: Vault,
    destination: Vault,
    path: str,
    target: str,
    copied: Copied,
    versions: str,
    *,
    overwrite: bool,
    dry_run: bool,
) -> None:
    wanted, there = source.read(path), destination.read(target)
    if wanted is None or wanted.data is None:
        copied.outcomes[target] = "unreadable"
        copied.words[target] = "its current version was deleted or destroyed" if wanted else "there is no such secret"
        return
    origin = {COPIED_FROM: f"{source.profile}:{path}"}
    unfinished = there is not None and {**origin, COPIED_AS: UNFINISHED}.items() <= there.metadata.items()
    if there is not None and there.data == wanted.data and not unfinished:
        copied.outcomes[target] = "equal"
        return
    copied.keys[target] = diff_keys(wanted.data, there.data if there else None)
    if there is not None and not (overwrite or unfinished or _is_our_copy(there, source, path)):
        copied.outcomes[target] = "different"
        return
    if not dry_run:
        if versions == "all" and (there is None or unfinished):
            marks = {**origin, COPIED_AS: UNFINISHED}
            version = copy_history(source, path, destination, target, marks=marks)
        else:
            version = destination.write(target, wanted.data, replaces=there)
        known = {**(there.metadata if there else {}), **wanted.metadata}
        destination.describe(target, {**known, **origin, COPIED_AS: str(version)})
    copied.outcomes[target] = "updated" if there else "created"


def diff_keys(wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """Which keys differ, without their values."""
    found = there or {}
    return {
        "add": sorted(key for key in wanted if key not in found),
        "change": sorted(key for key in wanted if key in found and found[key] != wanted[key]),
        "remove": sorted(key for key in found if key not in wanted),
    }


def _is_our_copy(there: StoredSecret, source: Vault, path: str) -> bool:
    return (
        there.metadata.get(COPIED_FROM) == f"{source.profile}:{path}"
        and there.metadata.get(COPIED_AS) == str(there.version)
        and there.data is not None
    )
