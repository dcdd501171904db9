"""Whose a database is: said on the instance by tags, so that it can be read without any cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TAGS = {
    "claim": "paas.internal/claim",
    "cluster": "paas.internal/cluster",
    "namespace": "paas.internal/namespace",
    "name": "paas.internal/name",
    "api_version": "paas.internal/api-version",
    "kind": "paas.internal/kind",
}


# What is under way, where it can be seen from any cluster: the uid of the object that goes, and whether the master
# user's password is still that of the snapshot that the database was restored from.
RETIRING = "paas.internal/retiring"
RESTORED = "paas.internal/restored"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The object that asked for a database, and the cluster that owns it.

    The claim, the namespace and the name stay for the database's life; the cluster changes by a hand-over alone.
    """

    claim: str
    cluster: str
    namespace: str
    name: str
    api_version: str
    kind: str

    def tags(self) -> dict[str, str]:
        """The owner as AWS tags."""
        return {tag: getattr(self, field) for field, tag in _TAGS.items()}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Owner | None:
        """Read the owner back; None where the instance is none of ours."""
        found = {field: tags.get(tag, "") for field, tag in _TAGS.items()}
        return cls(**found) if all(found.values()) else None

    def is_same_database(self, other: Owner | None) -> bool:
        """Whether both name the same claim of the same namespace and name, in whichever cluster."""
        return other is not None and (self.claim, self.namespace, self.name) == (
            other.claim,
            other.namespace,
            other.name,
        )


def as_aws_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in AWS's shape."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def from_aws_list(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags from AWS's shape."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags}
