"""Deleting secrets: versions that can be brought back, versions that cannot, and bringing them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from paas.errors import InvalidInput
from paas.vault.client import Vault
from paas.vault.grants import check_path

_FINAL = "none: what was destroyed cannot be brought back"


def delete_secret(
    vault: Vault, path: str, *, versions: Sequence[int] = (), destroy: bool = False, dry_run: bool = False
) -> dict[str, Any]:
    """Delete versions of a secret.

    Args:
        vault: The Vault.
        path: The secret's path.
        versions: Which versions; the current one by default. KV version 1 has none.
        destroy: Delete for good. KV version 1 cannot do otherwise, so that it has to be said there.
        dry_run: Only look.

    Returns:
        `path`, `versions`, `deleted` (False where there was nothing left to delete), `undo` and `dry_run`.

    Raises:
        InvalidInput: It is no path, or there is no such version, or it lies in KV version 1 and `destroy` is not said.
        ServerError: Vault did not do it.
    """
    check_path(path)
    mount, inner = vault.split(path)
    there = vault.read(path)
    said = {"path": path, "versions": list(versions), "destroyed": destroy, "dry_run": dry_run}
    if mount.version == 1:
        if versions:
            raise InvalidInput(
                "versions", list(versions), f"none: {mount.path} is KV version 1, which keeps no versions"
            )
        if not destroy:
            raise InvalidInput("destroy", destroy, f"true: {mount.path} is KV version 1, which deletes for good")
        if there is not None and not dry_run:
            vault.ask("delete", f"{mount.path}{inner}", operation="delete", target=path)
        return {**said, "deleted": there is not None, "undo": _FINAL}
    if there is None:
        return {**said, "deleted": False, "undo": "nothing to undo"}
    known = _versions(vault, path)
    chosen = list(versions) or [there.version]
    for version in chosen:
        if version not in known:
            raise InvalidInput("versions", version, f"one of {', '.join(map(str, sorted(known)))}")
    todo = [each for each in chosen if not known[each]["destroyed"] and (destroy or not known[each]["deletion_time"])]
    if todo and not dry_run:
        verb = "destroy" if destroy else "delete"
        vault.ask(
            "put" if destroy else "post",
            f"{mount.path}{verb}/{inner}",
            operation=verb,
            target=path,
            body={"versions": todo},
        )
    undo = f"vault_delete path={path} undelete=true versions={','.join(map(str, todo))}"
    return {**said, "versions": todo, "deleted": bool(todo), "undo": _FINAL if destroy else undo}


def undelete_secret(vault: Vault, path: str, *, versions: Sequence[int] = (), dry_run: bool = False) -> dict[str, Any]:
    """Bring deleted versions back.

    Args:
        vault: The Vault.
        path: The secret's path.
        versions: Which versions; the current one by default.
        dry_run: Only look.

    Raises:
        InvalidInput: There is no such version, it was destroyed, or the mount keeps no versions.
        ServerError: Vault did not do it.
    """
    check_path(path)
    mount, inner = vault.split(path)
    if mount.version == 1:
        raise InvalidInput("undelete", True, f"false: {mount.path} is KV version 1, which keeps no versions")
    there = vault.read(path)
    known = _versions(vault, path) if there else {}
    chosen = list(versions) or ([there.version] if there else [])
    for version in chosen:
        if version not in known or known[version]["destroyed"]:
            raise InvalidInput("versions", version, "a version that is there and was not destroyed")
    todo = [each for each in chosen if known[each]["deletion_time"]]
    if todo and not dry_run:
        body = {"versions": todo}
        vault.ask("post", f"{mount.path}undelete/{inner}", operation="undelete", target=path, body=body)
    undo = f"vault_delete path={path} versions={','.join(map(str, todo))}"
    return {"path": path, "versions": todo, "undeleted": bool(todo), "undo": undo, "dry_run": dry_run}


def _versions(vault: Vault, path: str) -> dict[int, dict[str, Any]]:
    mount, inner = vault.split(path)
    answer = vault.ask("get", f"{mount.path}metadata/{inner}", operation="read", target=path)
    return {int(number): each for number, each in answer["data"]["versions"].items()}
