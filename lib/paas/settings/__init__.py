"""The pack's configuration as typed, checked settings.

The shape is that of `config.schema.yaml`. Nothing here reaches out to anything, and no secret is in it: what is secret
is named by a reference (`paas.references`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from paas.errors import ConfigError
from paas.settings.clusters import ClusterSettings, ThirdPartySettings, WatchedGroup
from paas.settings.consul_sync import RESERVED, SyncPair
from paas.settings.databases import (
    AllowedDatabases,
    DatabaseDefaults,
    DatabaseKeys,
    DatabasePlatform,
    DatabaseSettings,
)
from paas.settings.reading import read, read_each
from paas.settings.services import AwsSettings, ConsulSettings, VaultAuth, VaultGrant, VaultSettings
from paas.settings.traffic import (
    BalancerSettings,
    EnvironmentSettings,
    RoleSettings,
    ServersSettings,
    SmokeCheck,
    SmokeSettings,
)

__all__ = [
    "RESERVED",
    "AllowedDatabases",
    "AwsSettings",
    "BalancerSettings",
    "ClusterSettings",
    "ConsulSettings",
    "DatabaseDefaults",
    "DatabaseKeys",
    "DatabasePlatform",
    "DatabaseSettings",
    "EnvironmentSettings",
    "RoleSettings",
    "ServersSettings",
    "Settings",
    "SmokeCheck",
    "SmokeSettings",
    "SyncPair",
    "ThirdPartySettings",
    "VaultAuth",
    "VaultGrant",
    "VaultSettings",
    "WatchedGroup",
]

_T = TypeVar("_T")
_SECTIONS = ("clusters", "consul", "consul_sync", "vault", "aws", "databases", "third_party", "traffic")


@dataclass(frozen=True)
class Settings:
    """The whole configuration of the pack."""

    clusters: Mapping[str, ClusterSettings]
    consuls: Mapping[str, ConsulSettings]
    consul_pairs: Mapping[str, SyncPair]
    vaults: Mapping[str, VaultSettings]
    aws: AwsSettings
    databases: DatabaseSettings
    third_party: ThirdPartySettings
    environments: Mapping[str, EnvironmentSettings]

    @classmethod
    def load(cls, config: Mapping[str, Any] | None) -> Settings:
        """Read the configuration as StackStorm hands it to an action or a sensor.

        Raises:
            ConfigError: A key is unknown, missing or of the wrong kind, or names a profile that is not there.
        """
        given = {name: value for name, value in (config or {}).items() if value is not None}
        for name in given:
            if name not in _SECTIONS:
                raise ConfigError(name, f"is not known; expected one of {', '.join(_SECTIONS)}")
        settings = cls(
            clusters=read_each(ClusterSettings, given.get("clusters"), "clusters"),
            consuls=read_each(ConsulSettings, given.get("consul"), "consul"),
            consul_pairs=read_each(SyncPair, given.get("consul_sync"), "consul_sync"),
            vaults=read_each(VaultSettings, given.get("vault"), "vault"),
            aws=read(AwsSettings, given.get("aws", {}), "aws"),
            databases=read(DatabaseSettings, given.get("databases", {}), "databases"),
            third_party=read(ThirdPartySettings, given.get("third_party", {}), "third_party"),
            environments=read_each(EnvironmentSettings, given.get("traffic"), "traffic"),
        )
        settings._check_names()
        return settings

    def _check_names(self) -> None:
        for cluster in self.clusters.values():
            for section, profile, known in (
                ("consul", cluster.consul, self.consuls),
                ("vault", cluster.vault, self.vaults),
            ):
                if profile is not None:
                    _pick(known, profile, section, f"clusters.{cluster.name}.{section}")
        for pair in self.consul_pairs.values():
            _pick(self.consuls, pair.source, "consul", f"consul_sync.{pair.name}.source")
            _pick(self.consuls, pair.destination, "consul", f"consul_sync.{pair.name}.destination")
        for vault in self.vaults.values():
            for index, grant in enumerate(vault.allow):
                for name in grant.clusters:
                    _pick(self.clusters, name, "clusters", f"vault.{vault.name}.allow[{index}].clusters")
        for index, group in enumerate(self.third_party.groups):
            for name in group.clusters:
                _pick(self.clusters, name, "clusters", f"third_party.groups[{index}].clusters")
        for environment in self.environments.values():
            for name in environment.clusters:
                _pick(self.clusters, name, "clusters", f"traffic.{environment.name}.clusters")

    def cluster(self, name: str) -> ClusterSettings:
        """The cluster of that name.

        Raises:
            ConfigError: There is none.
        """
        return _pick(self.clusters, name, "clusters", f"clusters.{name}")

    def environment(self, name: str | None = None) -> EnvironmentSettings:
        """The environment of that name; the only one where no name is given.

        Raises:
            ConfigError: There is none, or several and no name.
        """
        if name is None:
            if len(self.environments) != 1:
                there = ", ".join(sorted(self.environments)) or "none yet"
                raise ConfigError("traffic", f"say which environment; configured: {there}")
            return next(iter(self.environments.values()))
        return _pick(self.environments, name, "traffic", f"traffic.{name}")

    def consul(self, name: str) -> ConsulSettings:
        """The Consul profile of that name.

        Raises:
            ConfigError: There is none.
        """
        return _pick(self.consuls, name, "consul", f"consul.{name}")

    def consul_pair(self, name: str) -> SyncPair:
        """The pair of Consuls of that name.

        Raises:
            ConfigError: There is none.
        """
        return _pick(self.consul_pairs, name, "consul_sync", f"consul_sync.{name}")

    def vault(self, name: str) -> VaultSettings:
        """The Vault profile of that name.

        Raises:
            ConfigError: There is none.
        """
        return _pick(self.vaults, name, "vault", f"vault.{name}")

    def consul_of(self, cluster: str) -> ConsulSettings:
        """The Consul that belongs to a cluster.

        Raises:
            ConfigError: The cluster has none, or is not known.
        """
        profile = self.cluster(cluster).consul
        if profile is None:
            raise ConfigError(f"clusters.{cluster}.consul", "is missing; expected the name of a consul profile")
        return self.consul(profile)

    def bucket_of(self, cluster: str) -> str:
        """The S3 bucket of a cluster's configuration files.

        Raises:
            ConfigError: The cluster has none, or is not known.
        """
        bucket = self.cluster(cluster).bucket
        if bucket is None:
            raise ConfigError(f"clusters.{cluster}.bucket", "is missing; expected the name of an S3 bucket")
        return bucket

    def vault_of(self, cluster: str) -> VaultSettings:
        """The Vault that belongs to a cluster.

        Raises:
            ConfigError: The cluster has none, or is not known.
        """
        profile = self.cluster(cluster).vault
        if profile is None:
            raise ConfigError(f"clusters.{cluster}.vault", "is missing; expected the name of a vault profile")
        return self.vault(profile)


def _pick(known: Mapping[str, _T], name: str, section: str, key: str) -> _T:
    try:
        return known[name]
    except KeyError:
        there = ", ".join(sorted(known)) or "none yet"
        raise ConfigError(key, f"there is no {name!r} in `{section}`; configured: {there}") from None
