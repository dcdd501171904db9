"""The connection of a database, published where applications read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from paas.database.instances import Instance, Instances
from paas.database.owners import Owner
from paas.errors import Conflict, PaasError, Refused

CLAIM = "rds_claim"
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


def publish(store: KeyStore, instances: Instances, instance: Instance, *, prefix: str) -> tuple[str, ...]:
    """Publish the connection of an available database.

    The keys are `rds_endpoint`, `rds_port`, `rds_dbname` and `rds_username`, and `rds_claim` beside them says whose
    they are. All are written in one transaction, so a reader never sees half of a connection.

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
    if instance.owner is None or not instance.is_available:
        raise PaasError(f"RDS instance {instance.identifier} is {instance.status} and cannot be published")
    wanted = {
        f"{prefix}/rds_endpoint": str(instance.endpoint),
        f"{prefix}/rds_port": str(instance.port),
        f"{prefix}/rds_dbname": instance.database_name or "",
        f"{prefix}/rds_username": instance.username or "",
        f"{prefix}/{CLAIM}": instance.owner.claim,
    }
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
