"""RDS instances: looked for, made once, recognised by their tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from paas.database.owners import Owner, as_aws_list, from_aws_list
from paas.database.specs import DatabaseSpec
from paas.errors import NotFound, PaasError, Refused
from paas.references import Secret
from paas.settings import DatabasePlatform

AVAILABLE = "available"

_PAGE = 100  # the most that RDS gives


class Account(Protocol):
    """What this room needs of AWS; `paas.aws.connect` gives one."""

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        """Call one operation."""

    def each(
        self, service: str, operation: str, items: str, *, target: str, **request: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield every item of a listing operation."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One RDS instance as AWS describes it; `owner` is None where it is none of ours."""

    identifier: str
    status: str
    engine: str
    endpoint: str | None = None
    port: int | None = None
    database_name: str | None = None
    username: str | None = None
    owner: Owner | None = None
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_available(self) -> bool:
        """Whether it can be connected to; AWS keeps the address while it is backed up, modified and so on."""
        return self.status == AVAILABLE and bool(self.endpoint) and bool(self.port)

    @property
    def has_failed(self) -> bool:
        """Whether it will not become available by waiting."""
        return has_failed(self.status)


def has_failed(status: str) -> bool:
    """Whether an instance of this status will not become available by waiting.

    Source: the RDS User Guide, "Viewing DB instance status".
    """
    return status in ("failed", "storage-full", "restore-error", "inaccessible-encryption-credentials") or (
        status.startswith("incompatible-")
    )


class Instances:
    """The account's RDS instances.

    Args:
        account: AWS.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def find(self, identifier: str) -> Instance | None:
        """Look for one instance.

        Raises:
            ServerError: AWS did not answer.
        """
        try:
            answer = self._account.call(
                "rds", "describe_db_instances", target=f"instance {identifier}", DBInstanceIdentifier=identifier
            )
        except NotFound:
            return None
        return _instance(answer["DBInstances"][0])

    def ours(self) -> Iterator[Instance]:
        """Yield every instance that has an owner of ours, page by page.

        Raises:
            ServerError: AWS did not answer.
        """
        described = self._account.each(
            "rds",
            "describe_db_instances",
            "DBInstances",
            target="all instances",
            PaginationConfig={"PageSize": _PAGE},
        )
        for each in described:
            instance = _instance(each)
            if instance.owner is not None:
                yield instance

    def why(self, identifier: str) -> str:
        """AWS's newest words about an instance, from its events of the last day; empty where there are none.

        Raises:
            ServerError: AWS did not answer.
        """
        events = self._account.call(
            "rds",
            "describe_events",
            target=f"instance {identifier}",
            SourceIdentifier=identifier,
            SourceType="db-instance",
            Duration=24 * 60,
            MaxRecords=_PAGE,
        )["Events"]
        return str(events[-1].get("Message", "")) if events else ""

    def create(self, spec: DatabaseSpec, *, owner: Owner, password: Secret, platform: DatabasePlatform) -> Instance:
        """Ask AWS for an instance.

        Args:
            spec: What to make.
            owner: Whose it is; its claim is the identifier.
            password: The master user's.
            platform: What the platform alone decides.

        Raises:
            Conflict: There is one of that identifier.
            ServerError: AWS did not make it.
        """
        request = _request(spec, owner, password, platform)
        answer = self._account.call("rds", "create_db_instance", target=f"instance {owner.claim}", **request)
        return _instance(answer["DBInstance"])


def recognised(instance: Instance, owner: Owner) -> Instance:
    """The instance, if it is the owner's database in this or another cluster.

    Raises:
        Refused: It is somebody else's.
    """
    if not owner.is_same_database(instance.owner):
        whose = f"{instance.owner.namespace}/{instance.owner.name}" if instance.owner else "not one of this platform"
        raise Refused(
            f"RDS instance {instance.identifier} is {whose}, not {owner.namespace}/{owner.name}; it is left alone"
        )
    return instance


def failure(instance: Instance, words: str) -> PaasError:
    """What to say about an instance that has failed, with AWS's own words."""
    said = f": {words}" if words else "; look at its events in the RDS console"
    return PaasError(f"AWS says that RDS instance {instance.identifier} is {instance.status}{said}")


def _request(spec: DatabaseSpec, owner: Owner, password: Secret, platform: DatabasePlatform) -> dict[str, Any]:
    request: dict[str, Any] = {
        "DBInstanceIdentifier": owner.claim,
        "Engine": spec.engine,
        "EngineVersion": spec.version,
        "DBInstanceClass": spec.instance_class,
        "AllocatedStorage": spec.storage_gib,
        "DBName": spec.database_name,
        "MasterUsername": spec.username,
        "MasterUserPassword": password.reveal(),
        "MultiAZ": spec.multi_az,
        "BackupRetentionPeriod": spec.backup_retention_days,
        "CopyTagsToSnapshot": True,
        "DBSubnetGroupName": platform.subnet_group,
        "VpcSecurityGroupIds": list(platform.security_group_ids) or None,
        "PubliclyAccessible": platform.publicly_accessible,
        "StorageType": platform.storage_type,
        "StorageEncrypted": platform.storage_encrypted,
        "KmsKeyId": platform.kms_key_id,
        "DBParameterGroupName": platform.parameter_group,
        "DeletionProtection": platform.deletion_protection,
        "Tags": as_aws_list({**platform.tags, **owner.tags()}),
    }
    # False is sent, only what was left to AWS is not.
    return {name: value for name, value in request.items() if value is not None}


def _instance(described: Mapping[str, Any]) -> Instance:
    endpoint = described.get("Endpoint") or {}
    tags = from_aws_list(described.get("TagList") or ())
    identifier = str(described["DBInstanceIdentifier"])
    owner = Owner.from_tags(tags)
    return Instance(
        identifier=identifier,
        status=str(described.get("DBInstanceStatus") or "unknown"),
        engine=str(described.get("Engine") or ""),
        endpoint=endpoint.get("Address"),
        port=endpoint.get("Port"),
        database_name=described.get("DBName"),
        username=described.get("MasterUsername"),
        # A replica or a restored snapshot inherits the tags of its source: the claim is its own identifier or nobody's.
        owner=owner if owner is not None and owner.claim == identifier else None,
        tags=tags,
    )
