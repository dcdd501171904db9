"""The versions of a secret, carried one by one so that they keep their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas.errors import InvalidInput
from paas.vault.client import Vault

#: Versions that one secret may have; Vault keeps 10 unless it is told otherwise.
_VERSIONS_AT_MOST = 200
_SETTINGS = ("max_versions", "cas_required", "delete_version_after")


def copy_history(source: Vault, path: str, destination: Vault, target: str, *, marks: Mapping[str, str]) -> int:
    """Write every version of a secret to a path where there is none, or where this was begun.

    A version that can no longer be read (deleted, destroyed, dropped) is written empty and then deleted or destroyed,
    so that the others keep their numbers.

    Args:
        source: The Vault that is read.
        path: The secret.
        destination: The Vault that is written.
        target: What the secret is called there.
        marks: custom_metadata that says what is going on, should it be interrupted.

    Returns:
        The number of the current version.

    Raises:
        InvalidInput: One of the two lies in KV version 1, or there are too many versions.
        Conflict: Somebody else wrote there meanwhile; what was written by then stays.
        ServerError: One of the Vaults did not answer.
    """
    (from_mount, from_inner), (to_mount, to_inner) = source.split(path), destination.split(target)
    if from_mount.version == 1 or to_mount.version == 1:
        raise InvalidInput("versions", "all", "current, because KV version 1 keeps no versions")
    about = source.ask("get", f"{from_mount.path}metadata/{from_inner}", operation="read", target=path)["data"]
    current = int(about["current_version"])
    if current > _VERSIONS_AT_MOST:
        raise InvalidInput("versions", "all", f"current, because {path} has had {current} versions")
    there = destination.read(target)
    begun = there.version if there else 0
    settings: dict[str, Any] = {name: about[name] for name in _SETTINGS if about.get(name) not in (None, "0s")}
    # Before the first version, so that Vault does not drop old ones on the way.
    settings |= {"max_versions": max(int(settings.get("max_versions") or 0), current), "custom_metadata": dict(marks)}
    described = f"{to_mount.path}metadata/{to_inner}"
    destination.ask("post", described, operation="describe", target=target, body=settings)
    gone: dict[str, list[int]] = {"delete": [], "destroy": []}
    for number in range(1, current + 1):
        known = about["versions"].get(str(number))
        data = source.read_version(path, number) if known else None
        if number > begun:
            body = {"data": dict(data or {}), "options": {"cas": number - 1}}
            destination.ask("post", f"{to_mount.path}data/{to_inner}", operation="write", target=target, body=body)
        if data is None:
            gone["delete" if known and not known["destroyed"] else "destroy"].append(number)
    for verb, numbers in gone.items():
        if numbers:
            method = "put" if verb == "destroy" else "post"
            url = f"{to_mount.path}{verb}/{to_inner}"
            destination.ask(method, url, operation=verb, target=target, body={"versions": numbers})
    return current
