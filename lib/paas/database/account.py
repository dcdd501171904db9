"""The account's RDS databases: looked for, and changed one call at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from paas.database import requests
from paas.database.instances import Instance, cluster_of, instance_of, with_replicas
from paas.database.owners import Owner, as_aws_list
from paas.database.specs import DatabaseSpec, is_aurora
from paas.errors import NotFound
from paas.references import Secret
from paas.settings import DatabasePlatform

_PAGE = 100  # the most that RDS gives


class Account(Protocol):
    """What this room needs of AWS; `paas.aws.connect` gives one."""

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        """Call one operation."""

    def each(
        self, service: str, operation: str, items: str, *, target: str, **request: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield every item of a listing operation."""


class Instances:
    """The account's RDS instances and Aurora clusters. Every method raises ServerError where AWS did not do it.

    Args:
        account: AWS.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    # Looking.

    def find(self, identifier: str, *, engine: str | None = None) -> Instance | None:
        """Look for one database.

        Args:
            identifier: Its identifier.
            engine: Its engine where that is known, which saves a call where there is none.
        """
        if engine is None or not is_aurora(engine):
            try:
                answer = self._call("describe_db_instances", identifier, DBInstanceIdentifier=identifier)
                instance = instance_of(answer["DBInstances"][0])
                return with_replicas(instance, self.members_of(instance)) if instance.members else instance
            except NotFound:
                if engine is not None:
                    return None
        try:
            answer = self._call("describe_db_clusters", identifier, DBClusterIdentifier=identifier)
        except NotFound:
            return None
        described = answer["DBClusters"][0]
        names = [str(each["DBInstanceIdentifier"]) for each in described.get("DBClusterMembers") or ()]
        return cluster_of(described, [each for name in names if (each := self._member(name)) is not None])

    def members_of(self, instance: Instance) -> list[Instance]:
        """The read replicas of an instance, or the members of a cluster, that are there."""
        return [each for name in instance.members if (each := self._member(name)) is not None]

    def all(self) -> Iterator[Instance]:
        """Yield every database, ours or not, in two paged calls."""
        found = [instance_of(each) for each in self._each("describe_db_instances", "DBInstances")]
        members: dict[str, list[Instance]] = {}
        for each in found:
            members.setdefault(each.belongs_to, []).append(each)
        clusters = {str(each["DBClusterIdentifier"]): each for each in self._each("describe_db_clusters", "DBClusters")}
        for instance in found:
            if instance.belongs_to not in clusters:
                yield with_replicas(instance, members.get(instance.identifier, ()))
        for name, described in clusters.items():
            yield cluster_of(described, members.get(name, ()))

    def ours(self) -> Iterator[Instance]:
        """Yield every database that has an owner of ours."""
        return (each for each in self.all() if each.owner is not None)

    def why(self, instance: Instance) -> str:
        """AWS's newest words about a database, from its events of the last day; empty where there are none."""
        events = self._call(
            "describe_events",
            instance.identifier,
            SourceIdentifier=instance.identifier,
            SourceType="db-cluster" if instance.is_cluster else "db-instance",
            Duration=24 * 60,
            MaxRecords=_PAGE,
        )["Events"]
        return str(events[-1].get("Message", "")) if events else ""

    # Changing.

    def create(self, spec: DatabaseSpec, *, owner: Owner, password: Secret, platform: DatabasePlatform) -> Instance:
        """Ask AWS for a database; a cluster's members come by `add_member`.

        Raises:
            Conflict: There is one of that identifier.
        """
        if spec.is_aurora:
            request = requests.cluster(spec, owner, password, platform)
            answer = self._call("create_db_cluster", owner.claim, **request)
            return cluster_of(answer["DBCluster"], ())
        answer = self._call("create_db_instance", owner.claim, **requests.instance(spec, owner, password, platform))
        return instance_of(answer["DBInstance"])

    def restore(self, spec: DatabaseSpec, *, owner: Owner, platform: DatabasePlatform) -> Instance:
        """Ask AWS for a database with the data of the snapshot that the spec names.

        Raises:
            Conflict: There is one of that identifier.
        """
        if spec.is_aurora:
            request = requests.restored_cluster(spec, owner, platform)
            answer = self._call("restore_db_cluster_from_snapshot", owner.claim, **request)
            return cluster_of(answer["DBCluster"], ())
        request = requests.restored_instance(spec, owner, platform)
        answer = self._call("restore_db_instance_from_db_snapshot", owner.claim, **request)
        return instance_of(answer["DBInstance"])

    def add_member(self, instance: Instance, name: str, spec: DatabaseSpec, platform: DatabasePlatform) -> None:
        """Ask AWS for a read replica of an instance, or for a member of a cluster.

        Raises:
            Conflict: There is one of that identifier.
        """
        if instance.is_cluster:
            self._call("create_db_instance", name, **requests.member(instance, name, spec, platform))
        else:
            self._call("create_db_instance_read_replica", name, **requests.replica(instance, name, spec, platform))

    def modify(self, instance: Instance, changes: Mapping[str, Any]) -> None:
        """Change a database, in AWS's own words of ModifyDBInstance or ModifyDBCluster."""
        operation, key = _words(instance, "modify")
        self._call(operation, instance.identifier, **{key: instance.identifier}, **changes)

    def delete(self, instance: Instance, *, final_snapshot: str | None) -> None:
        """Ask AWS to delete a database, its members excepted.

        Args:
            instance: The database.
            final_snapshot: The snapshot that AWS takes as it deletes; None for none, and no automated backups either.
        """
        operation, key = _words(instance, "delete")
        request: dict[str, Any] = {key: instance.identifier, "SkipFinalSnapshot": final_snapshot is None}
        if final_snapshot is not None:
            request["FinalDBSnapshotIdentifier"] = final_snapshot
        if not instance.is_cluster:
            request["DeleteAutomatedBackups"] = final_snapshot is None
        self._call(operation, instance.identifier, **request)

    def delete_member(self, member: Instance) -> None:
        """Ask AWS to delete a read replica, or a member of a cluster: neither holds what its source does not."""
        if member.deletion_protection:  # a replica may have taken it from its source
            self.modify(member, {"DeletionProtection": False, "ApplyImmediately": True})
        self._call(
            "delete_db_instance", member.identifier, DBInstanceIdentifier=member.identifier, SkipFinalSnapshot=True
        )

    def tag(self, instance: Instance, tags: Mapping[str, str]) -> None:
        """Put tags on a database, over those of the same keys."""
        self._call("add_tags_to_resource", instance.identifier, ResourceName=instance.arn, Tags=as_aws_list(tags))

    def untag(self, instance: Instance, *keys: str) -> None:
        """Take tags from a database."""
        self._call("remove_tags_from_resource", instance.identifier, ResourceName=instance.arn, TagKeys=list(keys))

    def _member(self, name: str) -> Instance | None:
        return self.find(name, engine="")

    def _call(self, operation: str, identifier: str, **request: Any) -> dict[str, Any]:
        return self._account.call("rds", operation, target=f"instance {identifier}", **request)

    def _each(self, operation: str, items: str) -> Iterator[dict[str, Any]]:
        pages = {"PageSize": _PAGE}
        return self._account.each("rds", operation, items, target="all instances", PaginationConfig=pages)


def _words(instance: Instance, verb: str) -> tuple[str, str]:
    """The operation and the parameter that names the database."""
    kind, key = (
        ("db_cluster", "DBClusterIdentifier") if instance.is_cluster else ("db_instance", "DBInstanceIdentifier")
    )
    return f"{verb}_{kind}", key
