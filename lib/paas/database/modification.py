"""A database is made to be what its object asks for: what may change is changed, what may not is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from paas.database.account import Instances
from paas.database.identifiers import member_name
from paas.database.instances import Instance
from paas.database.specs import DatabaseSpec, covers
from paas.errors import Conflict
from paas.settings import DatabasePlatform

# How many numbers of a version make its major version.
_MAJOR = {"postgres": 1, "aurora-postgresql": 1}
_MAJOR_OTHERWISE = 2


@dataclass
class Differences:
    """How a database differs from what its object and the platform ask for.

    Attributes:
        changes: What ModifyDBInstance (or ModifyDBCluster) is told.
        member_class: The class that its replicas or members shall have, None where they have it.
        add: Replicas or members to be made.
        remove: Replicas or members to be deleted.
        told: Each difference that is going to be changed, in words.
        refused: Each difference that is not, in words.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    member_class: str | None = None
    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def change(self, name: str, have: object, want: object, words: str) -> None:
        """Note a change."""
        self.changes[name] = want
        self.told.append(f"{words} {have} becomes {_shown(want)}")

    @property
    def needs_work(self) -> bool:
        """Whether there is anything to change."""
        return bool(self.told)


def compare(instance: Instance, spec: DatabaseSpec, platform: DatabasePlatform) -> Differences:
    """Compare a database with what is asked for. A retiring one differs in nothing: it is left to its end."""
    found = Differences()
    if instance.is_retiring:
        return found
    _fixed(found, instance, spec)
    _size(found, instance, spec)
    _version(found, instance, spec, platform)
    _guards(found, instance, platform)
    _members(found, instance, spec)
    return found


def settle(
    instances: Instances, instance: Instance, spec: DatabaseSpec, platform: DatabasePlatform, *, dry_run: bool = False
) -> Differences:
    """Change what differs. Asked again while AWS still works on it, nothing is asked of AWS twice.

    Args:
        instances: AWS.
        instance: The database, available and owned by the cluster that asks.
        spec: What its object asks for.
        platform: What the platform decides.
        dry_run: Only compare.

    Returns:
        What differed; where something is refused the rest is changed all the same.

    Raises:
        ServerError: AWS did not do it.
    """
    found = compare(instance, spec, platform)
    if dry_run or not found.needs_work:
        return found
    try:
        if found.changes:
            instances.modify(instance, {**found.changes, **_how(found, platform)})
        if found.member_class is not None:
            for member in instances.members_of(instance):
                if member.instance_class != found.member_class:
                    instances.modify(
                        member, {"DBInstanceClass": found.member_class, "ApplyImmediately": platform.apply_immediately}
                    )
        for name in found.add:
            instances.add_member(instance, name, spec, platform)
        for member in instances.members_of(instance) if found.remove else ():
            # Its name alone proves nothing: it has to hang on this database.
            if member.identifier in found.remove and member.belongs_to == instance.identifier:
                instances.delete_member(member)
    except Conflict:
        pass  # AWS began to work on it meanwhile, or another run was faster; whoever looks next sees what is left
    return found


def _how(found: Differences, platform: DatabasePlatform) -> dict[str, Any]:
    how: dict[str, Any] = {"ApplyImmediately": platform.apply_immediately}
    if "EngineVersion" in found.changes:
        how["AllowMajorVersionUpgrade"] = platform.allow_major_version_upgrade
    return how


def _fixed(found: Differences, instance: Instance, spec: DatabaseSpec) -> None:
    fixed: list[tuple[str, object, object]] = [("engine", instance.engine, spec.engine)]
    if instance.database_name and not spec.snapshot:
        fixed.append(("databaseName", instance.database_name, spec.database_name))
    if not instance.is_cluster:
        fixed.append(("multiAZ", _shown(instance.multi_az), _shown(spec.multi_az)))
    for name, have, want in fixed:
        if have != want:
            found.refused.append(f"{name} is {have} and cannot become {want}: make a new database for that")


def _size(found: Differences, instance: Instance, spec: DatabaseSpec) -> None:
    if spec.instance_class != instance.instance_class:
        if instance.is_cluster or instance.members:
            found.member_class = spec.instance_class
        if not instance.is_cluster:
            found.change("DBInstanceClass", instance.instance_class, spec.instance_class, "class")
        elif instance.members:
            found.told.append(f"class {instance.instance_class} becomes {spec.instance_class}")
    if not instance.is_cluster:  # an Aurora cluster's storage grows by itself
        if spec.storage_gib > instance.storage_gib:
            found.change("AllocatedStorage", instance.storage_gib, spec.storage_gib, "storageGiB")
        elif spec.storage_gib < instance.storage_gib:
            found.refused.append(
                f"storageGiB is {instance.storage_gib} and cannot become {spec.storage_gib}: AWS only lets it grow"
            )
    retention = max(spec.backup_retention_days, 1) if instance.is_cluster else spec.backup_retention_days
    if retention != instance.backup_retention_days:
        found.change("BackupRetentionPeriod", instance.backup_retention_days, retention, "backupRetentionDays")


def _version(found: Differences, instance: Instance, spec: DatabaseSpec, platform: DatabasePlatform) -> None:
    want, have = spec.version, instance.version
    if not want or not have or covers(want, have):
        return
    if _numbers(want) < _numbers(have)[: len(_numbers(want))]:
        found.refused.append(f"version is {have} and cannot go back to {want}")
        return
    count = _MAJOR.get(instance.engine, _MAJOR_OTHERWISE)
    if _numbers(want)[:count] != _numbers(have)[:count] and not platform.allow_major_version_upgrade:
        found.refused.append(
            f"version {have} cannot become {want}: the setting databases.platform.allow_major_version_upgrade is false"
        )
        return
    found.change("EngineVersion", have, want, "version")


def _guards(found: Differences, instance: Instance, platform: DatabasePlatform) -> None:
    """What the platform alone decides, put back where a hand changed it."""
    if platform.deletion_protection and not instance.deletion_protection:
        found.change("DeletionProtection", "off", True, "deletion protection")
    if instance.publicly_accessible and not platform.publicly_accessible:
        found.change("PubliclyAccessible", "on", False, "public access")
    wanted = tuple(sorted(platform.security_group_ids))
    if wanted and wanted != instance.security_group_ids:
        have = ", ".join(instance.security_group_ids) or "none"
        found.change("VpcSecurityGroupIds", have, list(wanted), "security groups")


def _members(found: Differences, instance: Instance, spec: DatabaseSpec) -> None:
    count = spec.read_replicas + (1 if instance.is_cluster else 0)
    wanted = [member_name(instance.identifier, number) for number in range(1, count + 1)]
    found.add = [name for name in wanted if name not in instance.members]
    # Members that the platform did not name are somebody's own: they are left alone.
    ours = re.compile(re.escape(instance.identifier) + r"-[0-9]\Z")
    found.remove = [name for name in instance.members if name not in wanted and ours.match(name)]
    found.told += [f"{name} is made" for name in found.add] + [f"{name} is deleted" for name in found.remove]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"[0-9]+", version))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
