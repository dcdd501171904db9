"""A database from a snapshot, for an object that has none."""

from __future__ import annotations

import dataclasses
from typing import Any

from paas.database.acceptance import accept
from paas.database.account import Instances
from paas.database.credentials import SecretStore, ensure_credentials
from paas.database.objects import DatabaseObject
from paas.database.owners import Owner
from paas.database.provisioning import provision
from paas.database.snapshots import Snapshots, restorable
from paas.database.specs import read_spec
from paas.errors import InvalidInput, Refused
from paas.settings import DatabaseSettings


def restore(
    target: DatabaseObject,
    store: SecretStore,
    instances: Instances,
    snapshots: Snapshots,
    *,
    path: str,
    settings: DatabaseSettings,
    snapshot: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Ask AWS for the database of an object, with the data of a snapshot.

    Its password is a new one, or the one that lies in Vault already: AWS is told once the database is available, and
    only then is it published. What a restored database cannot be told at once (storage, retention) is changed then too.

    Args:
        target: The object.
        store: The Vault of its cluster.
        instances: AWS.
        snapshots: AWS's snapshots.
        path: The password's path in Vault.
        settings: What may be asked for.
        snapshot: The snapshot; that of the object's spec where this is left out.
        dry_run: Only check.

    Returns:
        The claim, the snapshot, and whether this call asked for it.

    Raises:
        InvalidInput: Neither the call nor the spec names a snapshot.
        Refused: There is a database, or the snapshot is another namespace's.
        PaasError: The snapshot cannot be restored now.
        ServerError: A server did not do its part.
    """
    ref = target.ref
    spec = read_spec(target.read(), name=ref.name, settings=settings)
    spec = dataclasses.replace(spec, snapshot=snapshot or spec.snapshot)
    if spec.snapshot is None:
        raise InvalidInput("snapshot", None, "the name of a snapshot, here or in the object's spec")
    nobody = Owner(
        claim="",
        cluster=ref.cluster,
        namespace=ref.namespace,
        name=ref.name,
        api_version=ref.api_version,
        kind=ref.kind,
    )
    restorable(snapshots, spec, owner=nobody)
    if dry_run:
        return {"snapshot": spec.snapshot, "created": False}
    owner = dataclasses.replace(nobody, claim=accept(target, settings, ours=instances.ours).claim)
    there = instances.find(owner.claim, engine=spec.engine)
    if there is not None and not there.has_password_of_snapshot:
        raise Refused(f"RDS instance {owner.claim} exists; a snapshot is only restored where there is no database")
    ensure_credentials(store, instances, path=path, owner=owner, engine=spec.engine, known=there)
    _, created = provision(
        store, instances, spec, owner=owner, path=path, platform=settings.platform, snapshots=snapshots
    )
    return {"claim": owner.claim, "snapshot": spec.snapshot, "created": created}
