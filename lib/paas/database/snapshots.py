"""Snapshots of databases: taken once under their name, verified, and restored for their own tenant alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paas.database.account import Account
from paas.database.instances import AVAILABLE, Instance
from paas.database.owners import Owner, as_aws_list, from_aws_list
from paas.database.specs import DatabaseSpec, is_aurora
from paas.errors import Conflict, NotFound, PaasError, Refused


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One snapshot; `owner` says whose database it was taken of, None where that was none of ours."""

    identifier: str
    source: str
    status: str
    engine: str
    storage_gib: int
    owner: Owner | None = None

    @property
    def is_available(self) -> bool:
        """Whether it can be restored."""
        return self.status == AVAILABLE

    @property
    def has_failed(self) -> bool:
        """Whether it will never be available."""
        return self.status in ("failed", "incompatible-restore", "incompatible-parameters")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "snapshot": self.identifier,
            "database": self.source,
            "status": self.status,
            "engine": self.engine,
            "storage_gib": self.storage_gib,
        }


class Snapshots:
    """The account's manual snapshots. Every method raises ServerError where AWS did not do it.

    Args:
        account: AWS.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def find(self, identifier: str, *, engine: str | None = None) -> Snapshot | None:
        """Look for one snapshot, of a database of an engine where that is known, which saves a call."""
        for words in (_INSTANCE, _CLUSTER) if engine is None else (_words(engine),):
            try:
                answer = self._account.call(
                    "rds", words.describe, target=f"snapshot {identifier}", **{words.key: identifier}
                )
            except NotFound:
                continue
            if found := answer[words.items]:
                return _snapshot(found[0], words)
        return None

    def each(self) -> Iterator[Snapshot]:
        """Yield every manual snapshot that was taken of a database of ours, page by page."""
        for words in (_INSTANCE, _CLUSTER):
            described = self._account.each(
                "rds", words.describe, words.items, target="all snapshots", SnapshotType="manual"
            )
            yield from (found for each in described if (found := _snapshot(each, words)).owner is not None)

    def ensure(self, instance: Instance, identifier: str) -> tuple[Snapshot, bool]:
        """Make sure that there is, or will be, a snapshot of that name.

        Returns:
            The snapshot as it is, and whether this call asked for it.

        Raises:
            Refused: There is one of that name of another database.
            Conflict: The database takes no snapshot in its present state.
        """
        found = self.find(identifier, engine=instance.engine)
        made = False
        if found is None:
            words = _words(instance.engine)
            request = {words.key: identifier, words.of: instance.identifier}
            try:
                answer = self._account.call(
                    "rds",
                    words.create,
                    target=f"snapshot {identifier}",
                    **request,
                    Tags=as_aws_list(instance.tags),
                )
                found, made = _snapshot(answer[words.item], words), True
            except Conflict:
                # Made by another run, or by this very call before its answer was lost; or the database is at work.
                found = self.find(identifier, engine=instance.engine)
                if found is None:
                    raise
        if found.source != instance.identifier:
            raise Refused(f"snapshot {identifier} is one of {found.source}, not of {instance.identifier}")
        return found, made


def verified(snapshot: Snapshot, instance: Instance) -> bool:
    """Whether a snapshot holds a database: finished, of that database, its engine and no smaller.

    Raises:
        PaasError: It never will.
    """
    if snapshot.has_failed:
        raise PaasError(f"AWS says that snapshot {snapshot.identifier} is {snapshot.status}; delete it and try again")
    if not snapshot.is_available:
        return False
    if (snapshot.source, snapshot.engine) != (instance.identifier, instance.engine):
        raise PaasError(f"snapshot {snapshot.identifier} is none of {instance.identifier}; nothing is deleted")
    if not instance.is_cluster and snapshot.storage_gib <= 0:
        raise PaasError(f"snapshot {snapshot.identifier} says that it holds nothing; nothing is deleted")
    return True


def restorable(snapshots: Snapshots, spec: DatabaseSpec, *, owner: Owner) -> Snapshot:
    """The snapshot that a spec names, if its tenant may have its data.

    Raises:
        Refused: There is none, it is another namespace's, or of another engine: nothing is made.
        PaasError: It is not finished yet.
    """
    assert spec.snapshot is not None
    found = snapshots.find(spec.snapshot, engine=spec.engine)
    # One answer for a snapshot of somebody else and for none at all: a tenant learns nothing about the others.
    if found is None or found.owner is None or found.owner.namespace != owner.namespace:
        raise Refused(f"there is no snapshot {spec.snapshot} of a database of namespace {owner.namespace}")
    if found.engine != spec.engine:
        raise Refused(f"snapshot {spec.snapshot} is of engine {found.engine}, not {spec.engine}")
    if not found.is_available:
        raise PaasError(f"snapshot {spec.snapshot} is {found.status}; it can be restored once it is available")
    return found


@dataclass(frozen=True)
class _Words:
    describe: str
    create: str
    items: str
    item: str
    key: str
    of: str


_INSTANCE = _Words(
    "describe_db_snapshots",
    "create_db_snapshot",
    "DBSnapshots",
    "DBSnapshot",
    "DBSnapshotIdentifier",
    "DBInstanceIdentifier",
)
_CLUSTER = _Words(
    "describe_db_cluster_snapshots",
    "create_db_cluster_snapshot",
    "DBClusterSnapshots",
    "DBClusterSnapshot",
    "DBClusterSnapshotIdentifier",
    "DBClusterIdentifier",
)


def _words(engine: str) -> _Words:
    return _CLUSTER if is_aurora(engine) else _INSTANCE


def _snapshot(described: Mapping[str, Any], words: _Words) -> Snapshot:
    owner = Owner.from_tags(from_aws_list(described.get("TagList") or ()))
    source = str(described.get(words.of) or "")
    return Snapshot(
        identifier=str(described[words.key]),
        source=source,
        status=str(described.get("Status") or "unknown"),
        engine=str(described.get("Engine") or ""),
        storage_gib=int(described.get("AllocatedStorage") or 0),
        owner=owner if owner is not None and owner.claim == source else None,
    )
