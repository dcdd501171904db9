"""The master user's password: generated once, in Vault before the database exists, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from paas.database import passwords
from paas.database.account import Instances
from paas.database.instances import Instance, recognised
from paas.database.owners import Owner
from paas.errors import Conflict, PaasError, Refused
from paas.references import Secret

PASSWORD = "rds_password"  # noqa: S105 - a key's name
CLAIM = "rds_claim"
_OWNER = ("namespace", "name")


class StoredSecret(Protocol):
    """A secret as it lies in the store; `data` is None where its current version was deleted."""

    @property
    def version(self) -> int:
        """The current version."""

    @property
    def data(self) -> Mapping[str, str] | None:
        """The values by key."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """What is noted beside the values, {} where nothing can be."""


class SecretStore(Protocol):
    """What this room needs of a Vault; `paas.vault.connect` gives one."""

    def read(self, path: str) -> StoredSecret | None:
        """Read a secret."""

    def write(self, path: str, data: Mapping[str, str], *, replaces: StoredSecret | None) -> int:
        """Write a secret over exactly what was read."""

    def describe(self, path: str, metadata: Mapping[str, str]) -> None:
        """Note something beside a secret."""

    def delete(self, path: str, *, replaces: StoredSecret) -> None:
        """Delete exactly the version that was read; it can be undeleted where the store keeps versions."""

    def destroy(self, path: str) -> None:
        """Delete every version for good."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Where the password lies.

    Attributes:
        path: The secret's path, its mount first.
        created: Whether this call wrote it.
        owned: False where another cluster owns the database, and with it the password; nothing was written then.
    """

    path: str
    created: bool
    owned: bool = True


def ensure_credentials(
    store: SecretStore,
    instances: Instances,
    *,
    path: str,
    owner: Owner,
    engine: str | None = None,
    known: Instance | None = None,
) -> Credentials:
    """Make sure that the password of a database lies in Vault before the database is made.

    Whose a secret is, is said beside the password in the same write (`rds_claim`): custom_metadata would take a
    second one, and a crash between the two would leave a secret that is nobody's. KV version 1 has none at all.

    Args:
        store: The Vault of the owner's cluster.
        instances: AWS, to see whether a database is there.
        path: The secret's path.
        owner: Whose database it is.
        engine: Its engine where that is known, which saves a call.
        known: The database where it was looked for already.

    Raises:
        Refused: The path holds somebody else's secret, or that of a database that still exists.
        PaasError: The database exists and its password is lost.
        Conflict: Somebody else keeps writing there.
        ServerError: Vault or AWS did not answer.
    """
    instance = known or instances.find(owner.claim, engine=engine)
    if instance is not None:
        there = recognised(instance, owner).owner
        assert there is not None
        if there.cluster != owner.cluster:
            return Credentials(path=path, created=False, owned=False)
    found = store.read(path)
    if found is not None and found.data is not None and found.data.get(CLAIM) == owner.claim:
        _describe(store, path, found, owner)
        return Credentials(path=path, created=False)
    if instance is not None:
        raise PaasError(
            f"RDS instance {owner.claim} exists, but {path} does not hold its password (any more); "
            "restore that version of the secret, or let kubernetes.db_rotate_password set a new one (lost=true)"
        )
    if found is not None:
        _check_superseded(found, instances, path=path, owner=owner)
    try:
        store.write(path, {PASSWORD: passwords.generate().reveal(), CLAIM: owner.claim}, replaces=found)
    except Conflict:
        # A run of the same chain was faster: its password is the password.
        found = store.read(path)
        if found is None or found.data is None or found.data.get(CLAIM) != owner.claim:
            raise
        return Credentials(path=path, created=False)
    _describe(store, path, None, owner)
    return Credentials(path=path, created=True)


def fetch_password(store: SecretStore, *, path: str, owner: Owner) -> Secret:
    """Fetch the password where it is used.

    Raises:
        PaasError: It is not there, or is another database's.
        ServerError: Vault did not answer.
    """
    found = store.read(path)
    if found is None or found.data is None or found.data.get(CLAIM) != owner.claim or not found.data.get(PASSWORD):
        raise PaasError(f"{path} does not hold the password of {owner.claim}; run db_credentials first")
    return Secret(found.data[PASSWORD])


def holds_password(found: StoredSecret | None, owner: Owner) -> bool:
    """Whether a secret holds the password of a database."""
    return (
        found is not None and found.data is not None and found.data.get(CLAIM) == owner.claim and PASSWORD in found.data
    )


def remove_credentials(store: SecretStore, *, path: str, owner: Owner, for_good: bool) -> bool:
    """Delete the secret of a database that is gone, and nobody else's.

    Args:
        store: The Vault.
        path: The secret's path.
        owner: Whose database it was.
        for_good: Destroy every version; else the last one can be undeleted where the store keeps versions.

    Returns:
        Whether there was one.

    Raises:
        ServerError: Vault did not do it.
    """
    found = store.read(path)
    if found is None:
        return False
    claim = (found.data or {}).get(CLAIM) or found.metadata.get(CLAIM)
    if claim != owner.claim:
        return False
    if for_good:
        store.destroy(path)
        return True
    if found.data is None:
        return False
    store.delete(path, replaces=found)
    return True


def _check_superseded(found: StoredSecret, instances: Instances, *, path: str, owner: Owner) -> None:
    """Whether a secret may give way: one of an earlier database of the same object that is gone.

    Raises:
        Refused: It may not.
    """
    earlier = (found.data or {}).get(CLAIM) or found.metadata.get(CLAIM)
    if not earlier:
        raise Refused(f"{path} holds a secret that this platform did not make; move it, or name the object differently")
    noted = tuple(found.metadata.get(key) for key in _OWNER)
    if any(noted) and noted != (owner.namespace, owner.name):
        raise Refused(f"{path} holds the secret of another object's database, {earlier}; it is left alone")
    if earlier != owner.claim and instances.find(earlier) is not None:
        raise Refused(
            f"{path} holds the password of {earlier}, an earlier database that still exists; delete that one, "
            f"or create this object anew with the annotation paas.internal/claim: {earlier}"
        )


def _describe(store: SecretStore, path: str, found: StoredSecret | None, owner: Owner) -> None:
    """Note the owner beside the secret for those who may list but not read it."""
    wanted = {CLAIM: owner.claim, "cluster": owner.cluster, "namespace": owner.namespace, "name": owner.name}
    if found is None or dict(found.metadata) != wanted:
        store.describe(path, wanted)
