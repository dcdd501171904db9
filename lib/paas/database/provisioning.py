"""From a claim to an RDS instance: looked for, made once, adopted only where it is ours."""

from __future__ import annotations

from paas.database.credentials import SecretStore, fetch_password
from paas.database.instances import Instance, Instances, recognised
from paas.database.owners import Owner
from paas.database.specs import DatabaseSpec
from paas.errors import Conflict
from paas.settings import DatabasePlatform


def provision(
    store: SecretStore,
    instances: Instances,
    spec: DatabaseSpec,
    *,
    owner: Owner,
    path: str,
    platform: DatabasePlatform,
) -> tuple[Instance, bool]:
    """Make sure that AWS has, or is making, the database of a claim.

    Args:
        store: The Vault with the password, read only if an instance is made.
        instances: AWS.
        spec: What to make.
        owner: Whose it is.
        path: The password's path in Vault.
        platform: What the platform alone decides.

    Returns:
        The instance, and whether this call made it.

    Raises:
        Refused: The identifier belongs to an instance that is not the owner's.
        PaasError: The password is not where it should be.
        ServerError: AWS or Vault did not do their part.
    """
    there = instances.find(owner.claim)
    if there is None:
        password = fetch_password(store, path=path, owner=owner)
        try:
            return instances.create(spec, owner=owner, password=password, platform=platform), True
        except Conflict:
            # Made by another run of the same chain, or by this very call before its answer was lost.
            there = instances.find(owner.claim)
            if there is None:
                raise
    return recognised(there, owner), False
