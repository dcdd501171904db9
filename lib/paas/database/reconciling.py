"""Every object looked at once more: what an outage missed or a hand changed is put right, orphans are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from paas.database.acceptance import accept
from paas.database.account import Instances
from paas.database.credentials import ensure_credentials
from paas.database.deletion import Progress
from paas.database.instances import DatabaseLost, Instance
from paas.database.listing import Asking
from paas.database.objects import DatabaseObject, is_going, mapping
from paas.database.owners import Owner
from paas.database.progress import Place, advance_known, report_of_failure
from paas.database.provisioning import provision
from paas.database.snapshots import Snapshots
from paas.database.status import Report, write_status
from paas.errors import Outdated, PaasError
from paas.settings import DatabaseSettings

#: What became of one object.
IN_SYNC, REPAIRED, WOULD_LOOK, FAILED, DELETING = "in sync", "repaired", "would be looked at", "failed", "being deleted"


@dataclass(frozen=True, kw_only=True)
class Means:
    """What reconciling needs.

    Attributes:
        instances: AWS.
        snapshots: AWS's snapshots.
        settings: Of the databases.
        target_of: The handle of an object.
        place_of: Where the connection and the password of an object lie.
        known: Every database of the account by its identifier, listed once for all objects.
        retire: Carries on with an object that is being deleted; the flag says whether its deletion had begun.
    """

    instances: Instances
    snapshots: Snapshots
    settings: DatabaseSettings
    target_of: Callable[[Asking], DatabaseObject]
    place_of: Callable[[Asking], Place]
    known: dict[str, Instance]
    retire: Callable[[Asking, bool], Progress]


def reconcile(objects: Iterable[Asking], means: Means, *, dry_run: bool = False) -> Iterator[dict[str, Any]]:
    """Look at every object, and finish or repair what is not as it should be.

    One that fails does not keep the others waiting: what failed is said on its own status.

    Args:
        objects: What was listed.
        means: What is needed.
        dry_run: Only tell which objects would be looked at more closely, and why.

    Yields:
        For each object its cluster, namespace and name, the outcome, and why.
    """
    for each in objects:
        outcome, why = _one(each, means, dry_run=dry_run)
        yield {
            "cluster": each.cluster,
            "namespace": each.namespace,
            "name": each.name,
            "claim": each.claim,
            "outcome": outcome,
            "why": why,
        }


def _one(each: Asking, means: Means, *, dry_run: bool) -> tuple[str, str]:
    if dry_run:
        return WOULD_LOOK, "it is being deleted" if is_going(each.found) else _suspicion(each, means)
    if is_going(each.found):
        return _going(each, means)
    target = means.target_of(each)
    try:
        report, done = _settled(each, means, target)
        _, news = write_status(target, report)
    except Outdated as error:
        return IN_SYNC, str(error)
    except PaasError as error:
        return FAILED, _say_failure(target, error)
    if report.drift:
        done.append(report.drift)
    if news and not done:
        done.append("its status was not up to date")
    return (REPAIRED, "; ".join(done)) if done else (IN_SYNC, "")


def _going(each: Asking, means: Means) -> tuple[str, str]:
    instance = means.known.get(each.claim or "")
    try:
        progress = means.retire(each, instance is not None and instance.is_retiring)
    except Outdated as error:
        return DELETING, str(error)
    except PaasError as error:
        return FAILED, str(error)
    return DELETING, "; ".join(progress.steps) or progress.waits_for


def _settled(each: Asking, means: Means, target: DatabaseObject) -> tuple[Report, list[str]]:
    """The whole way from the object to its connection, each step only where it is missing."""
    done: list[str] = []
    accepted = accept(target, means.settings, ours=means.known.values)
    if accepted.claim != each.claim:
        done.append("it had no claim")
    owner = Owner(
        claim=accepted.claim,
        cluster=each.cluster,
        namespace=each.namespace,
        name=each.name,
        api_version=target.ref.api_version,
        kind=target.ref.kind,
    )
    place = means.place_of(each)
    made = ensure_credentials(
        place.secrets, means.instances, path=place.vault_path, owner=owner, known=means.known.get(accepted.claim)
    )
    if made.created:
        done.append("it had no password")
    instance = means.known.get(accepted.claim)
    if instance is None and mapping(each.found.get("status")).get("endpoint"):
        # It was there once. An empty one in its place would look like success to its applications.
        raise DatabaseLost(
            f"AWS has no RDS instance {accepted.claim} any more, and nobody deleted its object; "
            "kubernetes.rds_restore_database brings it back, kubernetes.db_create_chain makes an empty one"
        )
    if instance is None or (instance.is_cluster and not instance.members):
        instance, created = provision(
            place.secrets,
            means.instances,
            accepted.spec,
            owner=owner,
            path=place.vault_path,
            platform=means.settings.platform,
            snapshots=means.snapshots,
        )
        if created:
            done.append("AWS had no database of it")
    report, written = advance_known(
        place, means.instances, instance, target.read(), owner=owner, settings=means.settings
    )
    if written:
        done.append(f"{', '.join(written)} were not as they should be")
    return report, done


def _suspicion(each: Asking, means: Means) -> str:
    """What the lists alone say against an object."""
    phase = str(mapping(each.found.get("status")).get("phase") or "no status")
    if each.claim is None:
        return "it has no claim"
    instance = means.known.get(each.claim)
    if instance is None:
        return "AWS has no database of it"
    if instance.is_reachable and phase != "Available":
        return f"AWS says {instance.status}, and its status says {phase}"
    return ""


def _say_failure(target: DatabaseObject, error: PaasError) -> str:
    report = report_of_failure(error.as_result())
    try:
        if report is not None:
            write_status(target, report)
    except PaasError as second:
        return f"{error}; and its status cannot be written: {second}"
    return str(error)
