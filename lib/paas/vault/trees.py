"""The paths below a folder."""

from __future__ import annotations

from collections.abc import Iterator

from paas.errors import InvalidInput, NotFound
from paas.vault.client import Vault

#: Secrets in one folder that one action deals with.
PATHS_AT_MOST = 10_000


def paths_below(vault: Vault, folder: str, *, at_most: int = PATHS_AT_MOST) -> list[str]:
    """Every secret's path below a folder, sorted; a secret of the folder's own name is not among them.

    Args:
        vault: The Vault.
        folder: A folder, the mount first, with a slash at its end; the mount alone is everything in it.
        at_most: How many there may be.

    Raises:
        InvalidInput: It holds more.
        ServerError: Vault did not list it.
    """
    found: list[str] = []
    for path in _walk(vault, folder):
        found.append(path)
        if len(found) > at_most:
            raise InvalidInput("path", folder, f"a folder of at most {at_most} secrets; name its folders one by one")
    return sorted(found)


def _walk(vault: Vault, folder: str) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        # A folder may be called as the mount is: its probe must not lie above it.
        mount, inner = vault.split(f"{current}x")
        inner = inner.removesuffix("x")
        inside = f"metadata/{inner}" if mount.version == 2 else inner
        try:
            answer = vault.ask("list", f"{mount.path}{inside}", operation="list", target=current)
        except NotFound:
            continue
        for name in answer["data"]["keys"]:
            if name.endswith("/"):
                waiting.append(f"{current}{name}")
            else:
                yield f"{current}{name}"
