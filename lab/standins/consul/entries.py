"""What the key-value store holds: entries, sessions and the state they stand in."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One key. Keys are bytes: a path may carry any, and order is by bytes."""

    key: bytes
    value: bytes | None
    flags: int
    create: int
    modify: int
    lock_index: int = 0
    session: str = ""

    def as_json(self, *, with_value: bool = True) -> dict[str, Any]:
        """The entry as the API shows it; invalid UTF-8 in a key becomes U+FFFD, as in Go."""
        value = base64.b64encode(self.value).decode() if self.value and with_value else None
        shown: dict[str, Any] = {
            "LockIndex": self.lock_index,
            "Key": self.key.decode("utf-8", "replace"),
            "Flags": self.flags,
            "Value": value,
        }
        if self.session:
            shown["Session"] = self.session
        shown["CreateIndex"] = self.create
        shown["ModifyIndex"] = self.modify
        return shown

    def same_content(self, other: Entry) -> bool:
        """Whether writing `other` over this one would change nothing; Consul then keeps the old ModifyIndex."""
        return (
            (self.value or b"") == (other.value or b"")
            and self.flags == other.flags
            and self.lock_index == other.lock_index
            and self.session == other.session
        )


@dataclass
class Session:
    """One session; `deadline` is the moment (of `time.monotonic`) at which its TTL has run out, None without one."""

    id: str
    name: str
    node: str
    lock_delay: float
    behavior: str
    ttl: str
    node_checks: list[str] = field(default_factory=list)
    create: int = 0
    modify: int = 0
    deadline: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The session as the API shows it; LockDelay in nanoseconds."""
        return {
            "ID": self.id,
            "Name": self.name,
            "Node": self.node,
            "LockDelay": round(self.lock_delay * 1e9),
            "Behavior": self.behavior,
            "TTL": self.ttl,
            "NodeChecks": self.node_checks,
            "ServiceChecks": None,
            "CreateIndex": self.create,
            "ModifyIndex": self.modify,
        }

    @classmethod
    def of_json(cls, shown: dict[str, Any]) -> Session:
        """A session from what `as_json` wrote."""
        return cls(
            id=shown["ID"],
            name=shown["Name"],
            node=shown["Node"],
            lock_delay=shown["LockDelay"] / 1e9,
            behavior=shown["Behavior"],
            ttl=shown["TTL"],
            node_checks=list(shown["NodeChecks"] or []),
            create=shown["CreateIndex"],
            modify=shown["ModifyIndex"],
        )
