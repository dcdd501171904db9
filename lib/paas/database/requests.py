"""What AWS is asked for: a spec, an owner and what the platform decides, as the parameters of RDS's operations."""

from __future__ import annotations

from typing import Any

from paas.database.instances import Instance
from paas.database.owners import RESTORED, Owner, as_aws_list
from paas.database.specs import DatabaseSpec
from paas.references import Secret
from paas.settings import DatabasePlatform

Request = dict[str, Any]


def instance(spec: DatabaseSpec, owner: Owner, password: Secret, platform: DatabasePlatform) -> Request:
    """CreateDBInstance."""
    return _given(
        DBInstanceIdentifier=owner.claim,
        Engine=spec.engine,
        EngineVersion=spec.version,
        DBInstanceClass=spec.instance_class,
        AllocatedStorage=spec.storage_gib,
        DBName=spec.database_name,
        MasterUsername=spec.username,
        MasterUserPassword=password.reveal(),
        MultiAZ=spec.multi_az,
        BackupRetentionPeriod=spec.backup_retention_days,
        StorageEncrypted=platform.storage_encrypted,
        KmsKeyId=platform.kms_key_id,
        PreferredMaintenanceWindow=platform.maintenance_window,
        PreferredBackupWindow=platform.backup_window if spec.backup_retention_days else None,
        **_placed(spec, platform),
        **_tagged(owner, platform),
    )


def restored_instance(spec: DatabaseSpec, owner: Owner, platform: DatabasePlatform) -> Request:
    """RestoreDBInstanceFromDBSnapshot; what it cannot be told is changed once the instance is available."""
    return _given(
        DBInstanceIdentifier=owner.claim,
        DBSnapshotIdentifier=spec.snapshot,
        Engine=spec.engine,
        DBInstanceClass=spec.instance_class,
        MultiAZ=spec.multi_az,
        **_placed(spec, platform),
        **_tagged(owner, platform, **{RESTORED: str(spec.snapshot)}),
    )


def cluster(spec: DatabaseSpec, owner: Owner, password: Secret, platform: DatabasePlatform) -> Request:
    """CreateDBCluster."""
    return _given(
        DBClusterIdentifier=owner.claim,
        Engine=spec.engine,
        EngineVersion=spec.version,
        DatabaseName=spec.database_name,
        MasterUsername=spec.username,
        MasterUserPassword=password.reveal(),
        BackupRetentionPeriod=spec.backup_retention_days or 1,  # Aurora's least
        StorageEncrypted=platform.storage_encrypted,
        KmsKeyId=platform.kms_key_id,
        PreferredMaintenanceWindow=platform.maintenance_window,
        PreferredBackupWindow=platform.backup_window,
        **_cluster_placed(spec, platform),
        **_tagged(owner, platform),
    )


def restored_cluster(spec: DatabaseSpec, owner: Owner, platform: DatabasePlatform) -> Request:
    """RestoreDBClusterFromSnapshot."""
    return _given(
        DBClusterIdentifier=owner.claim,
        SnapshotIdentifier=spec.snapshot,
        Engine=spec.engine,
        EngineVersion=spec.version,
        **_cluster_placed(spec, platform),
        **_tagged(owner, platform, **{RESTORED: str(spec.snapshot)}),
    )


def member(of: Instance, name: str, spec: DatabaseSpec, platform: DatabasePlatform) -> Request:
    """CreateDBInstance for a member of a cluster."""
    return _given(
        DBInstanceIdentifier=name,
        DBClusterIdentifier=of.identifier,
        Engine=of.engine,
        DBInstanceClass=spec.instance_class,
        PubliclyAccessible=platform.publicly_accessible,
        DBParameterGroupName=platform.parameter_groups.get(of.engine),
        AutoMinorVersionUpgrade=platform.auto_minor_version_upgrade,
        **_tagged(of.owner, platform),
    )


def replica(of: Instance, name: str, spec: DatabaseSpec, platform: DatabasePlatform) -> Request:
    """CreateDBInstanceReadReplica; what is not said it takes from its source."""
    return _given(
        DBInstanceIdentifier=name,
        SourceDBInstanceIdentifier=of.identifier,
        DBInstanceClass=spec.instance_class,
        PubliclyAccessible=platform.publicly_accessible,
        AutoMinorVersionUpgrade=platform.auto_minor_version_upgrade,
        **_tagged(of.owner, platform),
    )


def _placed(spec: DatabaseSpec, platform: DatabasePlatform) -> Request:
    return {
        "CopyTagsToSnapshot": True,
        "DBSubnetGroupName": platform.subnet_group,
        "VpcSecurityGroupIds": list(platform.security_group_ids) or None,
        "PubliclyAccessible": platform.publicly_accessible,
        "StorageType": platform.storage_type,
        "DBParameterGroupName": platform.parameter_groups.get(spec.engine),
        "AutoMinorVersionUpgrade": platform.auto_minor_version_upgrade,
        "DeletionProtection": platform.deletion_protection,
    }


def _cluster_placed(spec: DatabaseSpec, platform: DatabasePlatform) -> Request:
    return {
        "CopyTagsToSnapshot": True,
        "DBSubnetGroupName": platform.subnet_group,
        "VpcSecurityGroupIds": list(platform.security_group_ids) or None,
        "DBClusterParameterGroupName": platform.cluster_parameter_groups.get(spec.engine),
        "DeletionProtection": platform.deletion_protection,
    }


def _tagged(owner: Owner | None, platform: DatabasePlatform, **more: str) -> Request:
    return {"Tags": as_aws_list({**platform.tags, **(owner.tags() if owner else {}), **more})}


def _given(**request: Any) -> Request:
    # False is sent, only what was left to AWS is not.
    return {name: value for name, value in request.items() if value is not None}
