"""Settings of the pairs of Consuls that are kept in step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from paas.errors import ConfigError

#: Where the pack keeps its locks, ledgers and states in a destination; never carried anywhere.
RESERVED = "paas-sync/"
OnDrift = Literal["report", "repair"]


@dataclass(frozen=True)
class SyncPair:
    """One way from one Consul to another.

    Attributes:
        source: Name of the consul profile that is read.
        destination: Name of the consul profile that is written.
        prefixes: Folders that are carried; "" is everything.
        exclude: Folders that are not, `vault/` (a Vault's own storage) by default.
        key_map: Folders of the source that have another name on the destination; the longest that fits counts.
        on_drift: What happens to a key that somebody changed on the destination: `report` leaves it, `repair`
            overwrites it.
        adopt: Whether a key that is equal on both sides, but was not written by the sync, becomes its own.
        max_delete_share: Largest share of the keys that it wrote which it deletes within ten minutes, 0 to 1.
        acl: Whether ACL policies, roles and tokens are carried too.
        recheck: Seconds between two reads of the whole destination.
        connections: Transactions that are under way at once.
    """

    name: str
    source: str
    destination: str
    prefixes: tuple[str, ...] = ("",)
    exclude: tuple[str, ...] = ("vault/",)
    key_map: dict[str, str] = field(default_factory=dict)
    on_drift: OnDrift = "report"
    adopt: bool = False
    max_delete_share: float = field(default=0.1, metadata={"minimum": 0, "maximum": 1})
    acl: bool = False
    recheck: float = field(default=60.0, metadata={"minimum": 1})
    connections: int = field(default=16, metadata={"minimum": 1, "maximum": 64})

    def __post_init__(self) -> None:
        key = f"consul_sync.{self.name}"
        if not self.name or "/" in self.name:
            raise ConfigError(key, "is no name for a pair; expected one without a slash")
        if self.source == self.destination:
            raise ConfigError(f"{key}.destination", f"is {self.source!r}, the source itself; expected another profile")
        if not self.prefixes:
            raise ConfigError(f"{key}.prefixes", 'is empty; expected folders, or [""] for everything')
        for setting in ("prefixes", "exclude", "key_map"):
            for prefix in getattr(self, setting):
                _check_folder(f"{key}.{setting}", prefix, everything=setting != "exclude")
        for prefix in self.key_map.values():
            _check_folder(f"{key}.key_map", prefix, everything=True)


def _check_folder(key: str, prefix: str, *, everything: bool) -> None:
    if not prefix and everything:
        return
    if not prefix.endswith("/") or prefix.startswith("/"):
        # Consul's prefixes are plain strings: `shop` would take `shop-prod` too.
        raise ConfigError(key, f"has {prefix!r}; expected a folder such as 'shop/', with a slash at its end only")
    if prefix.startswith(RESERVED) or RESERVED.startswith(prefix):
        raise ConfigError(key, f"has {prefix!r}; {RESERVED} belongs to the sync itself and is never carried")
