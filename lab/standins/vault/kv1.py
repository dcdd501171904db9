"""KV version 1: one value a path, no versions, no check-and-set."""

from __future__ import annotations

from lab.standins.httpd import Response
from lab.standins.vault.answers import NOT_FOUND, Call, VaultError, done, envelope, keys
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import LONGEST_LEASE, seconds


class KvOne:
    """One mount of KV version 1.

    Args:
        storage: Where the values are.
        prefix: The mount's own part of the storage.
    """

    def __init__(self, storage: Storage, prefix: str) -> None:
        self._storage = storage
        self._prefix = prefix

    def exists(self, path: str) -> bool | None:
        """Whether there is a value at this path."""
        return self._storage.get(self._prefix + path) is not None

    def respond(self, call: Call, path: str) -> Response:
        """Answer one call below the mount.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        if call.operation == "list":
            return keys(self._storage.names(self._prefix + path))
        if call.operation == "patch":
            raise VaultError(405, "1 error occurred:\n\t* unsupported operation\n\n")
        if call.operation == "read":
            value = self._storage.get(self._prefix + path)
            if value is None:
                raise NOT_FOUND
            ttl = value.get("ttl") or value.get("lease")
            return envelope(value, lease=seconds(ttl) if ttl else LONGEST_LEASE)
        if call.operation == "delete":
            self._storage.delete(self._prefix + path)
            return done()
        if not path:
            raise VaultError(400, "missing path")
        if not call.data:
            raise VaultError(400, "missing data fields")
        self._storage.put(self._prefix + path, call.data)
        return done()
