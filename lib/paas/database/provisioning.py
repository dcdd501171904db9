"""From a claim to an RDS database: looked for, made or restored once, adopted only where it is ours."""

from __future__ import annotations

import contextlib

from paas.database.account import Instances
from paas.database.credentials import SecretStore, fetch_password
from paas.database.identifiers import member_name
from paas.database.instances import Instance, recognised
from paas.database.owners import RESTORED, Owner
from paas.database.snapshots import Snapshots, restorable
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
    snapshots: Snapshots,
) -> tuple[Instance, bool]:
    """Make sure that AWS has, or is making, the database of a claim.

    Args:
        store: The Vault with the password, read only if an instance is made.
        instances: AWS.
        spec: What to make; where it names a snapshot, the database begins with its data.
        owner: Whose it is.
        path: The password's path in Vault.
        platform: What the platform alone decides.
        snapshots: AWS's snapshots.

    Returns:
        The instance, and whether this call made it.

    Raises:
        Refused: The identifier belongs to an instance that is not the owner's, or the snapshot to another tenant.
        PaasError: The password is not where it should be.
        ServerError: AWS or Vault did not do their part.
    """
    there = instances.find(owner.claim, engine=spec.engine)
    made = False
    if there is None:
        there, made = _made(store, instances, spec, owner, path, platform, snapshots)
    recognised(there, owner)
    if there.is_cluster and not there.members and owner == there.owner:
        # A cluster has no server of its own; without this one nothing would ever answer.
        _first_member(instances, there, spec, platform)
    return there, made


def _made(
    store: SecretStore,
    instances: Instances,
    spec: DatabaseSpec,
    owner: Owner,
    path: str,
    platform: DatabasePlatform,
    snapshots: Snapshots,
) -> tuple[Instance, bool]:
    password = fetch_password(store, path=path, owner=owner)
    try:
        if spec.snapshot is None:
            return instances.create(spec, owner=owner, password=password, platform=platform), True
        restorable(snapshots, spec, owner=owner)
        return instances.restore(spec, owner=owner, platform=platform), True
    except Conflict:
        # Made by another run of the same chain, or by this very call before its answer was lost.
        there = instances.find(owner.claim, engine=spec.engine)
        if there is None:
            raise
        return there, False


def _first_member(instances: Instances, there: Instance, spec: DatabaseSpec, platform: DatabasePlatform) -> None:
    with contextlib.suppress(Conflict):  # made by another run, as above
        instances.add_member(there, member_name(there.identifier, 1), spec, platform)


def finish_restoring(store: SecretStore, instances: Instances, instance: Instance, *, owner: Owner, path: str) -> None:
    """Give a restored database the password that lies in Vault: it still has the one of its snapshot's time.

    Raises:
        PaasError: The password is not where it should be.
        ServerError: AWS or Vault did not do their part.
    """
    password = fetch_password(store, path=path, owner=owner)
    instances.modify(instance, {"MasterUserPassword": password.reveal(), "ApplyImmediately": True})
    # Only now: a crash between the two sets the same password once more.
    instances.untag(instance, RESTORED)
