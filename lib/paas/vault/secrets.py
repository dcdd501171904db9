"""KV secrets, version 1 and 2, behind one face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paas.errors import Conflict, NotFound, ServerError
from paas.vault.failures import translated


@dataclass(frozen=True)
class StoredSecret:
    """One secret as it lies in Vault.

    Attributes:
        version: The current version, 1 and up, also where that one is deleted; always 1 on KV version 1.
        data: The values by key; None where the current version was deleted or destroyed.
        metadata: KV version 2's custom_metadata; {} on KV version 1.
    """

    version: int
    data: Mapping[str, str] | None = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mount:
    """A KV secrets engine: where it is mounted, ending in a slash, and its version, 1 or 2."""

    path: str
    version: int


class Secrets:
    """Reads and writes KV secrets by their full path, the mount first, such as `secret/shop/orders/rds`.

    Args:
        profile: The Vault's name, for errors.
        signed_in: Gives the signed-in hvac client.
    """

    def __init__(self, *, profile: str, signed_in: Callable[[], Any]) -> None:
        self._profile = profile
        self._signed_in = signed_in
        self._mounts: dict[str, Mount] = {}

    def read(self, path: str) -> StoredSecret | None:
        """Read the current version of a secret.

        Returns:
            The secret, or None where there never was one (or, on version 1, where it was deleted).

        Raises:
            ServerError: Vault did not answer with it.
        """
        mount, inner = self._split(path)
        try:
            if mount.version == 1:
                answer = self._ask("get", f"{mount.path}{inner}", operation="read", target=path)
                return StoredSecret(version=1, data=dict(answer["data"]))
            # One read gives the data and its version: what is written later is compared with exactly that.
            answer = self._ask("get", f"{mount.path}data/{inner}", operation="read", target=path, deleted=True)
        except NotFound:
            return None
        metadata = answer["data"]["metadata"]
        return StoredSecret(
            version=int(metadata["version"]),
            data=answer["data"].get("data"),
            metadata=metadata.get("custom_metadata") or {},
        )

    def write(self, path: str, data: Mapping[str, str], *, replaces: StoredSecret | None) -> int:
        """Write a secret only if what lies there is still what was read.

        KV version 1 has no compare-and-set: there the secret is read again just before, which leaves a moment open.

        Args:
            path: The secret's full path.
            data: The values by key.
            replaces: What `read` gave; None creates and never overwrites.

        Returns:
            The version that was written, 1 on KV version 1.

        Raises:
            Conflict: Somebody else wrote meanwhile.
            ServerError: Vault did not take it.
        """
        mount, inner = self._split(path)
        if mount.version == 1:
            there = self.read(path)
            if (there.data if there else None) != (replaces.data if replaces else None):
                raise Conflict(
                    system=f"Vault {self._profile}",
                    operation="write",
                    target=path,
                    words="the secret changed since it was read",
                )
            self._ask("post", f"{mount.path}{inner}", operation="write", target=path, body=dict(data))
            return 1
        body = {"data": dict(data), "options": {"cas": replaces.version if replaces else 0}}
        answer = self._ask("post", f"{mount.path}data/{inner}", operation="write", target=path, body=body)
        return int(answer["data"]["version"])

    def describe(self, path: str, metadata: Mapping[str, str]) -> None:
        """Set a secret's custom_metadata; does nothing on KV version 1, which has none.

        Raises:
            ServerError: Vault did not take it.
        """
        mount, inner = self._split(path)
        if mount.version == 2:
            self._ask(
                "post",
                f"{mount.path}metadata/{inner}",
                operation="describe",
                target=path,
                body={"custom_metadata": dict(metadata)},
            )

    def delete(self, path: str, *, replaces: StoredSecret) -> None:
        """Delete exactly the version that was read; version 2 can undelete it, version 1 has no way back.

        Raises:
            Conflict: On version 1, somebody else wrote meanwhile; on version 2 what they wrote stays.
            ServerError: Vault did not do it.
        """
        mount, inner = self._split(path)
        if mount.version == 2:
            body = {"versions": [replaces.version]}
            self._ask("post", f"{mount.path}delete/{inner}", operation="delete", target=path, body=body)
            return
        there = self.read(path)
        if there is not None and there.data != replaces.data:
            raise Conflict(
                system=f"Vault {self._profile}",
                operation="delete",
                target=path,
                words="the secret changed since it was read",
            )
        self._ask("delete", f"{mount.path}{inner}", operation="delete", target=path)

    def destroy(self, path: str) -> None:
        """Delete every version of a secret for good, and what is noted beside it.

        Raises:
            ServerError: Vault did not do it.
        """
        mount, inner = self._split(path)
        inside = f"metadata/{inner}" if mount.version == 2 else inner
        self._ask("delete", f"{mount.path}{inside}", operation="destroy", target=path)

    def _split(self, path: str) -> tuple[Mount, str]:
        """The mount of a path, asked from Vault once per first segment, and the rest of the path."""
        first = path.partition("/")[0]
        mount = self._mounts.get(first)
        if mount is None or not path.startswith(mount.path):
            answer = self._ask("get", f"sys/internal/ui/mounts/{path}", operation="find the mount of", target=path)
            found = answer["data"]
            if found.get("type") not in ("kv", "generic"):
                raise ServerError(
                    system=f"Vault {self._profile}",
                    operation="find the mount of",
                    target=path,
                    words=f"{found.get('path')} is a secrets engine of type {found.get('type')}",
                    hint="name a path in a KV secrets engine",
                )
            version = (found.get("options") or {}).get("version") or 1
            mount = self._mounts[first] = Mount(path=str(found["path"]), version=int(version))
        return mount, path.removeprefix(mount.path)

    def _ask(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        target: str,
        body: Mapping[str, Any] | None = None,
        deleted: bool = False,
    ) -> dict[str, Any]:
        import hvac.exceptions

        client = self._signed_in()
        with translated(profile=self._profile, operation=operation, target=target):
            try:
                answer = getattr(client.adapter, method)(f"/v1/{url}", **({"json": body} if body is not None else {}))
            except hvac.exceptions.InvalidPath as error:
                # A deleted version answers 404 too, but with its metadata.
                if deleted and isinstance(error.json, dict) and (error.json.get("data") or {}).get("metadata"):
                    return dict(error.json)
                raise
        # 204 comes back as a response without a body.
        return answer if isinstance(answer, dict) else {}
