"""The connection of a database, published where applications read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from paas.database.account import Instances
from paas.database.instances import Instance
from paas.database.owners import Owner
from paas.errors import Conflict, PaasError, Refused

CLAIM = "rds_claim"
KEYS = ("rds_endpoint", "rds_port", "rds_dbname", "rds_username", "rds_reader_endpoint", "rds_replica_endpoints", CLAIM)
_ATTEMPTS = 3


class StoredKey(Protocol):
    """A key as it lies in the store; `index` is what it is compared with when it is written over."""

    @property
    def value(self) -> bytes:
        """The value."""

    @property
    def index(self) -> int:
        """The version."""


class KeyStore(Protocol):
    """What this room needs of a Consul; `paas.consul.connect` gives one."""

    def read(self, prefix: str) -> Mapping[str, StoredKey]:
        """Read the keys of a folder."""

    def write(self, keys: Mapping[str, tuple[str, int]]) -> None:
        """Write keys together, each over exactly what was read; index 0 creates."""

    def remove(self, keys: Mapping[str, int]) -> None:
        """Delete keys together, each exactly as it was read."""


def publish(store: KeyStore, instances: Instances, instance: Instance, *, prefix: str) -> tuple[str, ...]:
    """Publish the connection of an available database.

    The keys are `rds_endpoint`, `rds_port`, `rds_dbname` and `rds_username`, for Aurora `rds_reader_endpoint`, for read
    replicas `rds_replica_endpoints`; `rds_claim` beside them says whose they are. All are written in one transaction,
    so a reader never sees half of a connection.

    Args:
        store: The Consul of the owner's cluster.
        instances: AWS, to see whether an earlier database is gone.
        instance: The database.
        prefix: The folder.

    Returns:
        The full names of the keys that were written, none where all stood there.

    Raises:
        Refused: The folder holds keys that are not this database's.
        PaasError: The database cannot be connected to yet.
        Conflict: Somebody else keeps writing there.
        ServerError: Consul or AWS did not answer.
    """
    if instance.owner is None or not instance.is_reachable:
        raise PaasError(f"RDS instance {instance.identifier} is {instance.status} and cannot be published")
    wanted = connection(instance, prefix=prefix, claim=instance.owner.claim)
    for attempt in range(1, _ATTEMPTS + 1):
        there = {key: found for key, found in store.read(prefix).items() if key in wanted}
        _check_owner(there, instances, prefix=prefix, owner=instance.owner)
        # The claim always goes along: it is what the ownership was read from, so a change of it is a conflict.
        changed = {key for key, value in wanted.items() if key not in there or there[key].value != value.encode()}
        if not changed:
            return ()
        try:
            store.write(
                {key: (wanted[key], there[key].index if key in there else 0) for key in changed | {f"{prefix}/{CLAIM}"}}
            )
        except Conflict:
            if attempt == _ATTEMPTS:
                raise
            continue
        return tuple(sorted(changed))
    raise AssertionError("unreachable")


def connection(instance: Instance, *, prefix: str, claim: str) -> dict[str, str]:
    """The keys of a database that can be connected to, by their full names."""
    found = {
        "rds_endpoint": str(instance.endpoint),
        "rds_port": str(instance.port),
        "rds_dbname": instance.database_name or "",
        "rds_username": instance.username or "",
        CLAIM: claim,
    }
    if instance.reader_endpoint:
        found["rds_reader_endpoint"] = instance.reader_endpoint
    if instance.replica_endpoints:
        found["rds_replica_endpoints"] = ",".join(instance.replica_endpoints)
    return {f"{prefix}/{name}": value for name, value in found.items()}


def unpublish(store: KeyStore, *, prefix: str, owner: Owner, dry_run: bool = False) -> tuple[str, ...]:
    """Take the connection of a database out of Consul, and nobody else's.

    Args:
        store: The Consul of the cluster.
        prefix: The folder.
        owner: Whose connection.
        dry_run: Only look.

    Returns:
        The full names of the keys that were (or would be) deleted; none where the folder is another database's.

    Raises:
        Conflict: Somebody else keeps writing there.
        ServerError: Consul did not answer.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        there = {key: found for key, found in store.read(prefix).items() if key.rpartition("/")[2] in KEYS}
        claim = there.get(f"{prefix}/{CLAIM}")
        if claim is None or claim.value.decode("utf-8", "replace") != owner.claim:
            return ()
        ours = {key: found.index for key, found in there.items() if key.rpartition("/")[0] == prefix}
        try:
            if not dry_run:
                store.remove(ours)
        except Conflict:
            if attempt == _ATTEMPTS:
                raise
            continue
        return tuple(sorted(ours))
    raise AssertionError("unreachable")


def _check_owner(there: Mapping[str, StoredKey], instances: Instances, *, prefix: str, owner: Owner) -> None:
    if not there:
        return
    found = there.get(f"{prefix}/{CLAIM}")
    if found is None:
        keys = ", ".join(sorted(there))
        raise Refused(f"{keys} in Consul were not written by this platform; move them, or name the object differently")
    claim = found.value.decode("utf-8", "replace")
    if claim != owner.claim and instances.find(claim) is not None:
        raise Refused(f"{prefix}/ in Consul belongs to database {claim}, which still exists; it is left alone")
