"""RDS databases as AWS describes them: an instance, or an Aurora cluster with its members, recognised by their tags."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paas.database.owners import RESTORED, RETIRING, Owner, from_aws_list
from paas.errors import PaasError, Refused

AVAILABLE = "available"
# States in which AWS works on a database that can be connected to all the while; it takes no further change meanwhile.
_AT_WORK = frozenset(
    {
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-log-exports",
        "maintenance",
        "modifying",
        "resetting-master-credentials",
        "storage-optimization",
    }
)


class DatabaseLost(PaasError):
    """AWS itself says that a database has failed, or that there is none: nobody can connect to it."""


class NotItsOwn(Refused):
    """A claim or a database is another object's: whatever an object's status says of it, it has none."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One RDS instance, or one Aurora cluster with its members; `owner` is None where it is none of ours.

    What is said of size and version is what it will have once AWS has done what was asked for.
    """

    identifier: str
    status: str
    engine: str
    arn: str = ""
    endpoint: str | None = None
    port: int | None = None
    reader_endpoint: str | None = None
    database_name: str | None = None
    username: str | None = None
    version: str = ""
    instance_class: str = ""
    storage_gib: int = 0
    multi_az: bool = False
    backup_retention_days: int = 0
    deletion_protection: bool = False
    publicly_accessible: bool = False
    security_group_ids: tuple[str, ...] = ()
    is_cluster: bool = False
    belongs_to: str = ""
    members: tuple[str, ...] = ()
    replica_endpoints: tuple[str, ...] = ()
    owner: Owner | None = None
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_available(self) -> bool:
        """Whether it can be connected to and takes changes."""
        return self.status == AVAILABLE and self._has_address

    @property
    def is_reachable(self) -> bool:
        """Whether it can be connected to; AWS keeps the address while it is backed up, modified and so on."""
        return (self.status == AVAILABLE or self.status in _AT_WORK) and self._has_address

    @property
    def _has_address(self) -> bool:
        return bool(self.endpoint) and bool(self.port)

    @property
    def has_failed(self) -> bool:
        """Whether it will not become available by waiting."""
        return has_failed(self.status)

    @property
    def is_retiring(self) -> bool:
        """Whether its deletion has begun."""
        return bool(self.tags.get(RETIRING))

    @property
    def has_password_of_snapshot(self) -> bool:
        """Whether it was restored, and its master user still has the password of that time."""
        return bool(self.tags.get(RESTORED))


def has_failed(status: str) -> bool:
    """Whether an instance of this status will not become available by waiting.

    Source: the RDS User Guide, "Viewing DB instance status".
    """
    return status in ("failed", "storage-full", "restore-error", "inaccessible-encryption-credentials") or (
        status.startswith("incompatible-")
    )


def recognised(instance: Instance, owner: Owner) -> Instance:
    """The instance, if it is the owner's database in this or another cluster.

    Raises:
        NotItsOwn: It is somebody else's.
    """
    if not owner.is_same_database(instance.owner):
        whose = f"{instance.owner.namespace}/{instance.owner.name}" if instance.owner else "not one of this platform"
        raise NotItsOwn(
            f"RDS instance {instance.identifier} is {whose}, not {owner.namespace}/{owner.name}; it is left alone"
        )
    return instance


def owned(instance: Instance, owner: Owner) -> Instance:
    """The instance, if it is the owner's database and the owner's cluster owns it.

    Raises:
        Refused: It is somebody else's (`NotItsOwn`), or another cluster's.
    """
    there = recognised(instance, owner).owner
    assert there is not None
    if there.cluster != owner.cluster:
        raise Refused(
            f"RDS instance {instance.identifier} is owned by {there.cluster}: it is published, changed and deleted "
            f"from there alone; kubernetes.db_hand_over moves it to {owner.cluster}"
        )
    return instance


def failure(instance: Instance, words: str) -> DatabaseLost:
    """What to say about an instance that has failed, with AWS's own words."""
    said = f": {words}" if words else "; look at its events in the RDS console"
    return DatabaseLost(f"AWS says that RDS instance {instance.identifier} is {instance.status}{said}")


def instance_of(described: Mapping[str, Any]) -> Instance:
    """What DescribeDBInstances says of one instance."""
    endpoint = described.get("Endpoint") or {}
    pending = described.get("PendingModifiedValues") or {}
    will = {**described, **pending}
    return Instance(
        **_common(described, str(described["DBInstanceIdentifier"])),
        status=str(described.get("DBInstanceStatus") or "unknown"),
        arn=str(described.get("DBInstanceArn") or ""),
        endpoint=endpoint.get("Address"),
        port=endpoint.get("Port"),
        database_name=described.get("DBName"),
        version=str(will.get("EngineVersion") or ""),
        instance_class=str(will.get("DBInstanceClass") or ""),
        storage_gib=int(will.get("AllocatedStorage") or 0),
        multi_az=bool(will.get("MultiAZ")),
        backup_retention_days=int(will.get("BackupRetentionPeriod") or 0),
        belongs_to=str(
            described.get("ReadReplicaSourceDBInstanceIdentifier") or described.get("DBClusterIdentifier") or ""
        ),
        members=tuple(described.get("ReadReplicaDBInstanceIdentifiers") or ()),
    )


def with_replicas(instance: Instance, replicas: Iterable[Instance]) -> Instance:
    """An instance with the addresses of those read replicas that answer."""
    found = sorted(f"{each.endpoint}:{each.port}" for each in replicas if each.is_reachable)
    return dataclasses.replace(instance, replica_endpoints=tuple(found))


def cluster_of(described: Mapping[str, Any], members: Iterable[Instance]) -> Instance:
    """What DescribeDBClusters says of one cluster, with what is known of its members."""
    there = list(members)
    pending = described.get("PendingModifiedValues") or {}
    return Instance(
        **_common(described, str(described["DBClusterIdentifier"])),
        status=_status_of(str(described.get("Status") or "unknown"), there),
        arn=str(described.get("DBClusterArn") or ""),
        endpoint=described.get("Endpoint"),
        port=described.get("Port"),
        reader_endpoint=described.get("ReaderEndpoint"),
        database_name=described.get("DatabaseName"),
        version=str(pending.get("EngineVersion") or described.get("EngineVersion") or ""),
        instance_class=there[0].instance_class if there else "",
        backup_retention_days=int(pending.get("BackupRetentionPeriod") or described.get("BackupRetentionPeriod") or 0),
        is_cluster=True,
        members=tuple(sorted(each.identifier for each in there)),
    )


def _status_of(status: str, members: list[Instance]) -> str:
    """A cluster is there for its users once one of its members is: before that nothing answers at its endpoint."""
    if status != AVAILABLE or any(each.status == AVAILABLE for each in members):
        return status
    return members[0].status if members else "creating"


def _common(described: Mapping[str, Any], identifier: str) -> dict[str, Any]:
    tags = from_aws_list(described.get("TagList") or ())
    owner = Owner.from_tags(tags)
    return {
        "identifier": identifier,
        "engine": str(described.get("Engine") or ""),
        "username": described.get("MasterUsername"),
        "deletion_protection": bool(described.get("DeletionProtection")),
        "publicly_accessible": bool(described.get("PubliclyAccessible")),
        "security_group_ids": tuple(
            sorted(str(each.get("VpcSecurityGroupId")) for each in described.get("VpcSecurityGroups") or ())
        ),
        # A replica or a restored snapshot inherits the tags of its source: the claim is its own identifier or nobody's.
        "owner": owner if owner is not None and owner.claim == identifier else None,
        "tags": tags,
    }
