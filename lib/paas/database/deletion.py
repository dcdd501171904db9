"""Deleting a database, one step after the other; each looks first, so that a killed run is finished by the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paas.database.account import Instances
from paas.database.credentials import holds_password, remove_credentials
from paas.database.instances import Instance, owned
from paas.database.objects import DatabaseObject, mapping, release
from paas.database.owners import RETIRING
from paas.database.progress import Place
from paas.database.publishing import unpublish
from paas.database.retirement import DELETE, GONE, KEEP, Copies, Verdict, decide, going
from paas.database.snapshots import Snapshots, verified
from paas.database.status import Report
from paas.errors import Conflict
from paas.settings import DatabaseSettings

Say = Callable[[Report], None]
# The reason on an object whose database is being deleted, as long as that takes.
_BEGUN = "Deleting"


@dataclass
class Progress:
    """How far a deletion has come.

    Attributes:
        verdict: What becomes of the database.
        steps: What was done, or would be, in words.
        done: Whether the object was let go.
        waits_for: What AWS still has to do; empty where nothing.
    """

    verdict: Verdict
    steps: list[str] = field(default_factory=list)
    done: bool = False
    waits_for: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        verdict = self.verdict
        return {
            "verdict": verdict.what,
            "reason": verdict.reason,
            "message": verdict.message,
            "claim": verdict.owner.claim if verdict.owner else None,
            "policy": verdict.policy,
            "steps": list(self.steps),
            "waits_for": self.waits_for,
            "done": self.done,
        }


@dataclass(frozen=True, kw_only=True)
class Services:
    """What a deletion needs: AWS, its snapshots, where the database is published, the settings, the other clusters."""

    instances: Instances
    snapshots: Snapshots
    place: Place
    settings: DatabaseSettings
    copies: Copies


def let_go(
    target: DatabaseObject, services: Services, *, say: Say, keep: bool = False, dry_run: bool = False
) -> Progress:
    """Let an object go whose database is kept; deletes nothing but the object's finalizer.

    Args:
        target: The object, being deleted.
        services: What is needed.
        say: Writes a report on the object.
        keep: Let it go although its policy would delete its database.
        dry_run: Only decide.

    Returns:
        What was done. An object whose database is to be deleted is left waiting for that, and says so.

    Raises:
        Refused: The object is not being deleted.
        Outdated: It does not wait for us.
        ServerError: A server did not answer.
    """
    found = going(target)
    verdict = decide(target, found, services.instances, settings=services.settings, copies=services.copies)
    progress = Progress(verdict)
    begun = _has_begun(found)
    # Once a deletion has begun, what it leaves behind is its own to clear away.
    if not keep and (verdict.what == DELETE or (verdict.what == GONE and begun)):
        progress.waits_for = "kubernetes.rds_delete_database, which rule kubernetes.rds_delete_db starts"
        if not dry_run and not begun:
            say(Report(phase="Deleting", reason="WaitsForDeletion", message=f"waits for {progress.waits_for}"))
        return progress
    kept = (
        verdict.message
        if verdict.what != DELETE
        else f"the database {verdict.owner and verdict.owner.claim} is kept by hand"
    )
    return _released(target, progress, say=say, message=kept, reason=verdict.reason, dry_run=dry_run)


def delete(target: DatabaseObject, services: Services, *, say: Say, dry_run: bool = False) -> Progress:
    """Carry the deletion of an object's database as far as it goes now; AWS is not waited for.

    The order: mark it, delete its replicas, take a snapshot and verify it, take its keys out of Consul, delete it (AWS
    takes one more snapshot, with the last writes), then its secret in Vault, then the object's finalizer.

    Args:
        target: The object, being deleted.
        services: What is needed.
        say: Writes a report on the object.
        dry_run: Only tell the steps.

    Raises:
        Refused: The object is not being deleted.
        Outdated: It does not wait for us.
        PaasError: The snapshot cannot be verified; nothing is deleted then.
        ServerError: A server did not do its part.
    """
    found = going(target)
    verdict = decide(target, found, services.instances, settings=services.settings, copies=services.copies)
    progress = Progress(verdict)
    if verdict.what == KEEP:
        return _released(target, progress, say=say, message=verdict.message, reason=verdict.reason, dry_run=dry_run)
    uid = str(mapping(found.get("metadata")).get("uid"))
    if dry_run:
        progress.steps = _told(verdict, uid)
        return progress
    if verdict.what == DELETE:
        if not _has_begun(found):
            say(Report(phase="Deleting", reason=_BEGUN, message=verdict.message))
        progress.waits_for = _destroy(target, services, verdict, progress.steps, uid)
        if progress.waits_for:
            say(Report(phase="Deleting", reason=_BEGUN, message=f"waits for {progress.waits_for}"))
            return progress
    if not services.settings.deletion_follows_policy:
        return _released(target, progress, say=say, message=verdict.message, reason=verdict.reason, dry_run=False)
    return _after(target, services, progress, found, say)


def _destroy(target: DatabaseObject, services: Services, verdict: Verdict, steps: list[str], uid: str) -> str:
    """Every step up to AWS's deletion; what AWS has to do before the next one, which is never nothing."""
    instance, owner = verdict.instance, verdict.owner
    assert instance is not None and owner is not None
    if instance.status == "deleting":
        return f"AWS, which deletes RDS instance {instance.identifier}"
    if not instance.is_retiring:
        services.instances.tag(instance, {RETIRING: uid})
        steps.append("marked as retiring")
    try:
        if verdict.policy == "Snapshot":
            snapshot, made = services.snapshots.ensure(instance, first_snapshot(instance.identifier, uid))
            if made:
                steps.append(f"snapshot {snapshot.identifier} asked for")
            if not verified(snapshot, instance):
                return f"snapshot {snapshot.identifier}, which is {snapshot.status}"
            steps.append(f"snapshot {snapshot.identifier} verified")
        for key in unpublish(services.place.keys, prefix=services.place.consul_prefix, owner=owner):
            steps.append(f"Consul key {key} deleted")
        # The last look before what cannot be undone: the object still waits, and the database is still ours.
        going(target)
        if (instance := services.instances.find(owner.claim, engine=instance.engine)) is None:
            return f"AWS, whose RDS instance {owner.claim} is gone by now"
        owned(instance, owner)
        _delete_members(services.instances, instance, steps)
        if instance.deletion_protection:
            services.instances.modify(instance, {"DeletionProtection": False, "ApplyImmediately": True})
            steps.append("deletion protection switched off")
        services.instances.delete(
            instance, final_snapshot=last_snapshot(instance.identifier, uid) if verdict.policy == "Snapshot" else None
        )
        steps.append(f"deletion of RDS instance {instance.identifier} asked for")
    except Conflict as error:
        # AWS works on it (a backup, a change, a replica that goes): the sensor tells when it is done.
        return f"AWS: {error.words}"
    return f"AWS, which deletes RDS instance {instance.identifier}"


def _delete_members(instances: Instances, instance: Instance, steps: list[str]) -> None:
    for member in instances.members_of(instance):
        if member.belongs_to == instance.identifier and member.status != "deleting":
            instances.delete_member(member)
            steps.append(f"deletion of {member.identifier} asked for")


def _after(
    target: DatabaseObject, services: Services, progress: Progress, found: Mapping[str, Any], say: Say
) -> Progress:
    """What is left once there is no database: its last snapshot, its keys, its secret, and the object itself."""
    uid = str(mapping(found.get("metadata")).get("uid"))
    verdict = progress.verdict
    assert verdict.what == GONE
    if (owner := verdict.owner) is not None:
        place = services.place
        last = services.snapshots.find(last_snapshot(owner.claim, uid))
        if last is not None and not last.is_available and not last.has_failed:
            progress.waits_for = f"snapshot {last.identifier}, which is {last.status}"
            return progress
        for key in unpublish(place.keys, prefix=place.consul_prefix, owner=owner):
            progress.steps.append(f"Consul key {key} deleted")
        if verdict.policy in ("Snapshot", "Delete") and holds_password(place.secrets.read(place.vault_path), owner):
            # For good only what this platform itself has deleted: a database may be out of sight for other reasons.
            for_good = verdict.policy == "Delete" and _has_begun(found)
            remove_credentials(place.secrets, path=place.vault_path, owner=owner, for_good=for_good)
            progress.steps.append(f"Vault secret {place.vault_path} deleted")
    return _released(target, progress, say=say, message=verdict.message, reason="Deleted", dry_run=False)


def _has_begun(found: Mapping[str, Any]) -> bool:
    """Whether the deletion of its database was begun, as the object's own status says."""
    conditions = mapping(found.get("status")).get("conditions")
    return any(
        mapping(each).get("type") == "Ready" and each.get("reason") == _BEGUN
        for each in (conditions if isinstance(conditions, list) else ())
    )


def _released(
    target: DatabaseObject, progress: Progress, *, say: Say, message: str, reason: str, dry_run: bool
) -> Progress:
    if dry_run:
        progress.steps.append(f"{target.ref} is let go")
        return progress
    say(Report(phase="Deleting", reason=reason, message=message))
    if release(target):
        progress.steps.append(f"{target.ref} let go")
    progress.done = True
    return progress


def first_snapshot(claim: str, uid: str) -> str:
    """The snapshot that is verified before anything is deleted: of this deletion, never of an earlier one."""
    return f"{claim}-before-{uid[:8]}"


def last_snapshot(claim: str, uid: str) -> str:
    """The snapshot that AWS takes as it deletes."""
    return f"{claim}-last-{uid[:8]}"


def _told(verdict: Verdict, uid: str) -> list[str]:
    instance, owner = verdict.instance, verdict.owner
    if instance is None or owner is None:
        return [
            "the connection in Consul and the secret in Vault are deleted, if they are this database's",
            "the object is let go",
        ]
    steps = [f"{name} is deleted" for name in instance.members]
    if verdict.policy == "Snapshot":
        steps.append(f"snapshot {first_snapshot(instance.identifier, uid)} is taken and verified")
    steps.append("the connection in Consul is deleted")
    last = (
        f"; AWS takes {last_snapshot(instance.identifier, uid)}"
        if verdict.policy == "Snapshot"
        else ", without a snapshot"
    )
    steps.append(f"RDS instance {instance.identifier} is deleted{last}")
    steps.append("the secret in Vault is " + ("deleted" if verdict.policy == "Snapshot" else "destroyed"))
    return [*steps, "the object is let go"]
