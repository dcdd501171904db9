"""Settings of the database service: what a tenant gets unasked, may ask for, and where the connection is published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from paas.errors import ConfigError

DeletionPolicy = Literal["Retain", "Snapshot", "Delete"]

PLACEHOLDERS = ("namespace", "name", "cluster")
# MySQL's and MariaDB's limit on RDS is the smallest.
USERNAME = {
    "pattern": r"^[A-Za-z][A-Za-z0-9_]{0,15}\Z",
    "expected": "up to 16 letters, digits and underscores, a letter first",
}
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
MAINTENANCE_WINDOW = {
    "pattern": rf"^{_DAY}:{_TIME}-{_DAY}:{_TIME}\Z",
    "expected": "a window in UTC such as sun:03:00-sun:04:00",
}
BACKUP_WINDOW = {"pattern": rf"^{_TIME}-{_TIME}\Z", "expected": "a window in UTC such as 02:00-02:30"}


@dataclass(frozen=True)
class DatabaseDefaults:
    """What an object that leaves a field out gets."""

    engine: str = "mysql"
    version: str | None = None
    instance_class: str = "db.t3.micro"
    storage_gib: int = field(default=20, metadata={"minimum": 20})
    multi_az: bool = False
    backup_retention_days: int = field(default=7, metadata={"minimum": 0, "maximum": 35})
    deletion_policy: DeletionPolicy = "Snapshot"
    username: str = field(default="paas", metadata=USERNAME)


@dataclass(frozen=True)
class AllowedDatabases:
    """What a tenant may ask for. Everything empty allows nothing."""

    engines: dict[str, tuple[str, ...]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    max_storage_gib: int = field(default=0, metadata={"minimum": 0})
    max_backup_retention_days: int = field(default=35, metadata={"minimum": 0, "maximum": 35})
    deletion_policies: tuple[DeletionPolicy, ...] = ("Retain", "Snapshot")
    multi_az: bool = True
    max_read_replicas: int = field(default=0, metadata={"minimum": 0, "maximum": 5})


@dataclass(frozen=True)
class DatabasePlatform:
    """What the platform alone decides for every database; groups of parameters are named by engine."""

    subnet_group: str | None = None
    security_group_ids: tuple[str, ...] = ()
    publicly_accessible: bool = False
    storage_type: str | None = None
    storage_encrypted: bool = True
    kms_key_id: str | None = None
    parameter_groups: dict[str, str] = field(default_factory=dict)
    cluster_parameter_groups: dict[str, str] = field(default_factory=dict)
    maintenance_window: str | None = field(default=None, metadata=MAINTENANCE_WINDOW)
    backup_window: str | None = field(default=None, metadata=BACKUP_WINDOW)
    auto_minor_version_upgrade: bool = True
    allow_major_version_upgrade: bool = False
    apply_immediately: bool = True
    deletion_protection: bool = True
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatabaseKeys:
    """Where the connection is published; `{namespace}`, `{name}` and `{cluster}` are filled in.

    The team's first, flat layout (one database a namespace) is `consul: "{namespace}"` and
    `vault: "secret/{namespace}/rds"`.
    """

    consul: str = "{namespace}/{name}"
    vault: str = "secret/{namespace}/{name}/rds"

    def __post_init__(self) -> None:
        for setting in ("consul", "vault"):
            template = getattr(self, setting)
            try:
                filled = template.format(**dict.fromkeys(PLACEHOLDERS, "x"))
            except (KeyError, IndexError, ValueError) as error:
                raise ConfigError(
                    f"databases.keys.{setting}", f"is {template!r}; expected only {{namespace}}, {{name}}, {{cluster}}"
                ) from error
            if "{namespace}" not in template or filled.strip("/") != filled:
                raise ConfigError(
                    f"databases.keys.{setting}",
                    f"is {template!r}; expected a path with {{namespace}} in it and no slash at either end",
                )

        if "/" not in self.vault:
            raise ConfigError(
                "databases.keys.vault", f"is {self.vault!r}; expected the mount first, such as secret/..."
            )

    def consul_prefix(self, *, cluster: str, namespace: str, name: str) -> str:
        """The folder in Consul of one object's connection, without a slash at its end."""
        return self.consul.format(cluster=cluster, namespace=namespace, name=name)

    def vault_path(self, *, cluster: str, namespace: str, name: str) -> str:
        """The path in Vault of one object's password, the mount first."""
        return self.vault.format(cluster=cluster, namespace=namespace, name=name)


@dataclass(frozen=True)
class DatabaseSettings:
    """The database service of the platform.

    `deletion_follows_policy` lets the deletion of an object delete its database; without it every database is kept.
    """

    defaults: DatabaseDefaults = DatabaseDefaults()
    allow: AllowedDatabases = AllowedDatabases()
    platform: DatabasePlatform = DatabasePlatform()
    keys: DatabaseKeys = DatabaseKeys()
    deletion_follows_policy: bool = False
