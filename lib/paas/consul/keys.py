"""The key/value store: consistent reads, and transactions that write only over what was read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paas.consul.failures import translated
from paas.errors import InvalidInput

OPERATIONS_AT_MOST = 64  # in one transaction; 128 since Consul 1.14, 64 before


@dataclass(frozen=True)
class StoredKey:
    """One key as it lies in Consul; `index` is its ModifyIndex."""

    value: bytes
    index: int


class Keys:
    """Reads and writes keys.

    Args:
        profile: The Consul's name, for errors.
        datacenter: Another datacenter than the agent's own.
        connected: Gives the connected py-consul client.
    """

    def __init__(self, *, profile: str, datacenter: str | None, connected: Callable[[], Any]) -> None:
        self._profile = profile
        self._datacenter = datacenter
        self._connected = connected

    def read(self, prefix: str) -> dict[str, StoredKey]:
        """Read every key below a folder, from the leader.

        Args:
            prefix: The folder; a slash at its end is added, because Consul's prefixes are plain strings and `shop`
                would read `shop-prod` too.

        Returns:
            The keys by their full names; {} where there are none.

        Raises:
            ServerError: Consul did not answer with them.
        """
        folder = prefix.rstrip("/") + "/"
        client = self._connected()
        with translated(profile=self._profile, operation="read", target=folder):
            _, found = client.kv.get(folder, recurse=True, consistency="consistent")
        return {
            each["Key"]: StoredKey(value=each["Value"] or b"", index=int(each["ModifyIndex"])) for each in found or ()
        }

    def write(self, keys: Mapping[str, tuple[str, int]]) -> None:
        """Write keys all together or not at all, each only if it is still what was read.

        Args:
            keys: By full name, the value and the index that was read; index 0 creates and never overwrites.

        Raises:
            Conflict: One of them changed meanwhile; none was written.
            InvalidInput: They are more than one transaction takes.
            ServerError: Consul did not take them.
        """
        if not keys:
            return
        if len(keys) > OPERATIONS_AT_MOST:
            raise InvalidInput("keys", len(keys), f"at most {OPERATIONS_AT_MOST} in one transaction")
        operations = [
            {
                "KV": {
                    "Verb": "cas",
                    "Key": key,
                    "Value": base64.b64encode(value.encode()).decode("ascii"),
                    "Index": index,
                }
            }
            for key, (value, index) in sorted(keys.items())
        ]
        self._transact(operations, target=", ".join(sorted(keys)))

    def remove(self, keys: Mapping[str, int]) -> None:
        """Delete keys all together or not at all, each only if it is still what was read.

        Args:
            keys: By full name, the index that was read.

        Raises:
            Conflict: One of them changed meanwhile; none was deleted.
            InvalidInput: They are more than one transaction takes.
            ServerError: Consul did not take them.
        """
        if not keys:
            return
        if len(keys) > OPERATIONS_AT_MOST:
            raise InvalidInput("keys", len(keys), f"at most {OPERATIONS_AT_MOST} in one transaction")
        operations = [{"KV": {"Verb": "delete-cas", "Key": key, "Index": index}} for key, index in sorted(keys.items())]
        self._transact(operations, target=", ".join(sorted(keys)))

    def _transact(self, operations: Sequence[Mapping[str, Any]], *, target: str) -> None:
        from consul.callback import CB

        client = self._connected()
        parameters = [("dc", self._datacenter)] if self._datacenter else None
        with translated(profile=self._profile, operation="write", target=target):
            # py-consul's own txn.put sends neither the token nor the datacenter.
            client.http.put(
                CB.json(),
                "/v1/txn",
                params=parameters,
                data=json.dumps(operations),
                headers=client.prepare_headers(),
            )
