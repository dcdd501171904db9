"""Settings of the clusters, and of what is watched in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from paas.errors import ConfigError
from paas.references import PATTERN

REFERENCE = {"pattern": PATTERN, "expected": "a reference: datastore:NAME, file:/PATH or env:NAME"}


@dataclass(frozen=True)
class ClusterSettings:
    """One cluster: how to reach its API server, and which Consul and Vault are its own.

    Exactly one way in: `kubeconfig` (with `context`), `server` (with `token`, or `client_certificate` and
    `client_key`), or `in_cluster`.
    """

    name: str
    kubeconfig: str | None = None
    context: str | None = None
    server: str | None = field(
        default=None, metadata={"pattern": r"^https?://", "expected": "a URL that begins with https:// or http://"}
    )
    ca_file: str | None = None
    token: str | None = field(default=None, metadata=REFERENCE)
    client_certificate: str | None = None
    client_key: str | None = None
    in_cluster: bool = False
    verify_tls: bool = True
    consul: str | None = None
    vault: str | None = None
    bucket: str | None = None

    def __post_init__(self) -> None:
        ways = [way for way in ("kubeconfig", "server", "in_cluster") if getattr(self, way)]
        if len(ways) != 1:
            found = f"has {' and '.join(ways)}" if ways else "has no way in"
            raise ConfigError(
                f"clusters.{self.name}", f"{found}; expected exactly one of kubeconfig, server, in_cluster"
            )
        if bool(self.client_certificate) != bool(self.client_key):
            raise ConfigError(
                f"clusters.{self.name}.client_certificate", "goes with client_key; expected both as file paths"
            )


@dataclass(frozen=True)
class WatchedGroup:
    """One API group whose custom objects are watched; no `clusters` means all of them."""

    group: str
    clusters: tuple[str, ...] = ()


@dataclass(frozen=True)
class ThirdPartySettings:
    """What the ThirdPartyResource sensor watches."""

    groups: tuple[WatchedGroup, ...] = ()
    definitions: bool = True

    def groups_of(self, cluster: str) -> frozenset[str]:
        """The API groups that are watched in one cluster."""
        return frozenset(each.group for each in self.groups if not each.clusters or cluster in each.clusters)
