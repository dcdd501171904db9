"""How far a database has come, as its object will say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paas.database.account import Instances
from paas.database.credentials import SecretStore
from paas.database.instances import DatabaseLost, Instance, NotItsOwn, failure, owned, recognised
from paas.database.modification import settle
from paas.database.objects import mapping
from paas.database.owners import Owner
from paas.database.provisioning import finish_restoring
from paas.database.publishing import KeyStore, publish
from paas.database.specs import read_spec
from paas.database.status import Report
from paas.errors import InvalidInput, Refused
from paas.settings import DatabaseSettings

# What a developer can put right alone; everything else is for the platform's operators.
_REFUSALS = ("Refused", "InvalidInput", NotItsOwn.__name__)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a database's connection and password lie: the Consul and the Vault of a cluster, and the paths in them."""

    keys: KeyStore
    secrets: SecretStore
    consul_prefix: str
    vault_path: str


def advance(
    place: Place, instances: Instances, found: Mapping[str, Any], *, owner: Owner, settings: DatabaseSettings
) -> tuple[Report, tuple[str, ...]]:
    """Look at a database; where it is available and this cluster owns it, publish it and make it what is asked for.

    Args:
        place: Where it is published.
        instances: AWS.
        found: The object as it is now.
        owner: Whose database it is, seen from this cluster.
        settings: What may be asked for, and what the platform decides.

    Returns:
        What to say on the object, and the full names of the keys that were written.

    Raises:
        DatabaseLost: There is no such instance, or AWS says that it has failed.
        Refused: The instance or the keys are somebody else's.
        ServerError: AWS, Consul or Vault did not answer.
    """
    instance = instances.find(owner.claim)
    if instance is None:
        raise DatabaseLost(f"AWS has no RDS instance {owner.claim}; db_create_chain makes it")
    return advance_known(place, instances, instance, found, owner=owner, settings=settings)


def advance_known(
    place: Place,
    instances: Instances,
    instance: Instance,
    found: Mapping[str, Any],
    *,
    owner: Owner,
    settings: DatabaseSettings,
) -> tuple[Report, tuple[str, ...]]:
    """As `advance`, for an instance that was looked for already."""
    there = recognised(instance, owner).owner
    assert there is not None
    if instance.has_failed:
        raise failure(instance, instances.why(instance))
    connection = {"endpoint": instance.endpoint, "port": instance.port, "owner": there.cluster}
    if there.cluster != owner.cluster:
        message = f"{there.cluster} owns this database: it is published, changed and deleted from there alone"
        phase = "Available" if instance.is_reachable else "Creating"
        return Report(phase=phase, reason="OwnedElsewhere", message=message, fields=connection), ()
    if instance.has_password_of_snapshot and instance.is_available:
        finish_restoring(place.secrets, instances, instance, owner=owner, path=place.vault_path)
    elif instance.has_password_of_snapshot or not instance.is_reachable:
        return Report(phase="Creating", message=f"AWS says {instance.status}", fields={"owner": there.cluster}), ()
    written = publish(place.keys, instances, instance, prefix=place.consul_prefix)
    judged: dict[str, Any] = {}
    if instance.is_available:
        judged, _ = judge(instances, instance, found, settings=settings)
    message = f"published in Consul under {place.consul_prefix}/"
    return Report(phase="Available", message=message, fields=connection, **judged), written


def modify(
    instances: Instances,
    found: Mapping[str, Any],
    *,
    owner: Owner,
    settings: DatabaseSettings,
    dry_run: bool = False,
) -> tuple[Report | None, tuple[str, ...]]:
    """Make a database what its object asks for by now.

    Returns:
        What to say on the object, None where nothing is known of it, and each change in words.

    Raises:
        Refused: The database is somebody else's, or another cluster's.
        ServerError: AWS did not do it.
    """
    instance = instances.find(owner.claim)
    if instance is None:
        return None, ()  # db_create_chain makes it as it is asked for by then
    owned(instance, owner)
    if not instance.is_available:
        # Told once it is available: the sensor's event goes the same way.
        return None, ()
    judged, told = judge(instances, instance, found, settings=settings, dry_run=dry_run)
    return Report(phase="Available", **judged), told


def judge(
    instances: Instances,
    instance: Instance,
    found: Mapping[str, Any],
    *,
    settings: DatabaseSettings,
    dry_run: bool = False,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Compare a database with its object's spec and change what may be changed.

    Returns:
        The fields of a `Report` that speak of the spec, and each change in words.

    Raises:
        ServerError: AWS did not do it.
    """
    generation = mapping(found.get("metadata")).get("generation")
    said: dict[str, Any] = {"generation": generation if isinstance(generation, int) else None}
    name = str(mapping(found.get("metadata")).get("name"))
    try:
        spec = read_spec(found, name=name, settings=settings)
    except (InvalidInput, Refused) as error:
        return {**said, "refused": str(error)}, ()
    differences = settle(instances, instance, spec, settings.platform, dry_run=dry_run)
    # What differs from a spec that was met before was changed by a hand.
    status = mapping(found.get("status"))
    known = generation is not None and status.get("observedGeneration") == generation and _was_compared(status)
    said["refused"] = "; ".join(differences.refused)
    said["drift"] = "; ".join(differences.told) if known else ""
    return said, tuple(differences.told)


def _was_compared(status: Mapping[str, Any]) -> bool:
    conditions = status.get("conditions")
    return any(mapping(each).get("type") == "InSync" for each in (conditions if isinstance(conditions, list) else ()))


def report_of_failure(failed: Mapping[str, Any]) -> Report | None:
    """What to say about a task that failed.

    Args:
        failed: Its result, as `PaasError.as_result` gave it; {} where it ended without one, as at a timeout.

    Returns:
        The report; None where there is nothing to say, because the object is gone or is another one by now.
    """
    kind = failed.get("error")
    if kind == "Outdated":
        return None
    message = failed.get("message") or "a step ended without an answer; see the execution of its chain in StackStorm"
    # A field of the spec, or somebody else's claim, secret or keys: only the first leaves what is there as it is.
    of_spec = kind == "InvalidInput" or (kind == "Refused" and bool(failed.get("setting")))
    return Report(
        phase="Refused" if kind in _REFUSALS else "Failed",
        reason=str(kind or "NoAnswer"),
        message=str(message),
        refused=str(message) if of_spec else "",
        lost=kind in (DatabaseLost.__name__, NotItsOwn.__name__),
    )
