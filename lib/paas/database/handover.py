"""Handing databases over from one cluster to another: password first, then the ownership, then the connection."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from paas.database.account import Instances
from paas.database.cluster import Cluster
from paas.database.copies import copy_in
from paas.database.credentials import CLAIM, PASSWORD, SecretStore, holds_password
from paas.database.instances import Instance
from paas.database.objects import DatabaseObject, ObjectRef, is_going
from paas.database.owners import Owner
from paas.database.progress import Place, advance_known
from paas.database.status import write_status
from paas.errors import NotFound, Outdated, PaasError, Refused
from paas.settings import DatabaseSettings

#: What became of one database.
MOVED, FINISHED, THERE, WOULD_MOVE, HELD = "moved", "finished", "already there", "would move", "held"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One cluster of a hand-over: its API server, and where a database's connection and password lie there."""

    name: str
    cluster: Cluster
    place_of: Callable[[str, str], Place]  # by namespace and name


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What became of one database, and why where it is held."""

    claim: str
    namespace: str
    name: str
    outcome: str
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return dataclasses.asdict(self)


def hand_over(
    source: Side,
    destination: Side,
    instances: Instances,
    *,
    settings: DatabaseSettings,
    namespace: str | None = None,
    dry_run: bool = False,
) -> Iterator[Moved]:
    """Make the destination the owner of the source's databases, one after the other.

    Each database is moved on its own, and what holds one does not hold the others. Killed at any point, the same call
    finishes what it began. The source's copies of password and connection stay where they are: its applications may
    still read them, and they lead to the same database.

    Args:
        source: The cluster that owns them.
        destination: The cluster that will.
        instances: AWS.
        settings: Of the databases.
        namespace: Only those of this namespace.
        dry_run: Only look.

    Yields:
        What became of each database of the source, and of each of the destination that has a copy in the source.

    Raises:
        ServerError: AWS did not list them.
    """
    for instance in list(instances.ours()):
        owner = instance.owner
        assert owner is not None
        if namespace is not None and owner.namespace != namespace:
            continue
        if owner.cluster not in (source.name, destination.name):
            continue
        try:
            outcome = _move(source, destination, instances, instance, settings=settings, dry_run=dry_run)
        except PaasError as error:
            yield _moved(owner, HELD, str(error))
        else:
            yield _moved(owner, outcome)


def _move(
    source: Side,
    destination: Side,
    instances: Instances,
    instance: Instance,
    *,
    settings: DatabaseSettings,
    dry_run: bool,
) -> str:
    owner = instance.owner
    assert owner is not None
    ref = ObjectRef(
        cluster=destination.name,
        api_version=owner.api_version,
        kind=owner.kind,
        namespace=owner.namespace,
        name=owner.name,
        claim=owner.claim,
    )
    target = copy_in(destination.cluster, destination.name, ref, claim=owner.claim)
    if owner.cluster == destination.name:
        if target is None or target.read().get("status", {}).get("owner") == destination.name:
            return THERE
        if dry_run:
            return WOULD_MOVE
        _settle(source, destination, instances, instance, owner, settings)
        return FINISHED
    if target is None:
        raise Refused(
            f"{destination.name} has no {ref.kind} {ref.namespace}/{ref.name} with that claim; migrate it first"
        )
    if instance.is_retiring or _goes(source, ref):
        raise Refused(f"its object in {source.name} is being deleted")
    # What the destination cannot serve stays with the source: the password comes first.
    place, origin = destination.place_of(owner.namespace, owner.name), source.place_of(owner.namespace, owner.name)
    new = dataclasses.replace(owner, cluster=destination.name)
    _carry_password(origin.secrets, place.secrets, origin.vault_path, place.vault_path, new, dry_run=dry_run)
    if dry_run:
        return WOULD_MOVE
    instances.tag(instance, {key: value for key, value in new.tags().items() if key.endswith("/cluster")})
    _settle(source, destination, instances, instance, new, settings)
    return MOVED


def _settle(
    source: Side, destination: Side, instances: Instances, instance: Instance, owner: Owner, settings: DatabaseSettings
) -> None:
    """Publish from the new owner, and say on both objects whose the database is."""
    place = destination.place_of(owner.namespace, owner.name)
    ref = ObjectRef(
        cluster=destination.name,
        api_version=owner.api_version,
        kind=owner.kind,
        namespace=owner.namespace,
        name=owner.name,
    )
    mine = dataclasses.replace(instance, owner=owner)
    target = copy_in(destination.cluster, destination.name, ref, claim=owner.claim)
    if target is None:
        raise Outdated(f"{ref} went meanwhile; {destination.name} owns {owner.claim} all the same")
    report, _ = advance_known(place, instances, mine, target.read(), owner=owner, settings=settings)
    write_status(target, report)
    former = copy_in(source.cluster, source.name, ref, claim=owner.claim)
    if former is not None:
        there = dataclasses.replace(owner, cluster=source.name)
        told, _ = advance_known(place, instances, mine, {}, owner=there, settings=settings)
        write_status(former, told)


def _carry_password(
    origin: SecretStore, place: SecretStore, from_path: str, path: str, owner: Owner, *, dry_run: bool
) -> None:
    """Bring the password of a database into the destination's Vault; it is seen by nobody on the way.

    Raises:
        PaasError: The source does not have it.
        Refused: The destination has somebody else's secret there.
        ServerError: A Vault did not do its part.
    """
    held, found = origin.read(from_path), place.read(path)
    if held is None or held.data is None or not holds_password(held, owner):
        raise PaasError(f"{from_path} in the source's Vault does not hold its password")
    if holds_password(found, owner) and found is not None and found.data == held.data:
        return
    if found is not None and found.data is not None and found.data.get(CLAIM) != owner.claim:
        raise Refused(f"{path} in the destination's Vault holds a secret that is not this database's")
    if not dry_run:
        place.write(path, {PASSWORD: held.data[PASSWORD], CLAIM: owner.claim}, replaces=found)
        place.describe(
            path, {CLAIM: owner.claim, "cluster": owner.cluster, "namespace": owner.namespace, "name": owner.name}
        )


def _goes(source: Side, ref: ObjectRef) -> bool:
    """Whether the source's object is there and being deleted: its deletion decides then, not this."""
    copy = DatabaseObject(source.cluster, dataclasses.replace(ref, cluster=source.name, uid=None), going=True)
    try:
        return is_going(copy.read())
    except (Outdated, NotFound):
        return False


def _moved(owner: Owner, outcome: str, why: str = "") -> Moved:
    return Moved(claim=owner.claim, namespace=owner.namespace, name=owner.name, outcome=outcome, why=why)
