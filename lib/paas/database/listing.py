"""What is there: the objects of the clusters beside the databases of the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paas.database.cluster import Cluster
from paas.database.instances import Instance
from paas.database.objects import claims_on, is_going, mapping
from paas.database.specs import ENGINE_LABEL
from paas.errors import NotFound

GROUP, KIND = "paas.internal", "Database"


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One object that asks for a database, as the API server gave it."""

    cluster: str
    found: Mapping[str, Any]

    @property
    def claim(self) -> str | None:
        """Its claim, as far as it has one."""
        claim = next((each for each in claims_on(self.found) if each), None)
        return claim if isinstance(claim, str) else None

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(mapping(self.found.get("metadata")).get("namespace"))

    @property
    def name(self) -> str:
        """Its name."""
        return str(mapping(self.found.get("metadata")).get("name"))


def asking(cluster: Cluster, name: str, kinds: Iterable[tuple[str, str]]) -> Iterator[Asking]:
    """Yield every object of a cluster that asks for a database.

    Args:
        cluster: The API server.
        name: Its name in the settings.
        kinds: Group and kind of what may ask: `Database`, and the third-party kinds that have databases already.

    Raises:
        ServerError: The cluster did not list them; a kind that is not served there has no objects.
    """
    for group, kind in sorted(set(kinds)):
        try:
            resource = cluster.resources.find(group, kind)
        except NotFound:
            continue
        for found in cluster.list(resource.path()):
            labels = mapping(mapping(found.get("metadata")).get("labels"))
            if kind == KIND or ENGINE_LABEL in labels:
                yield Asking(cluster=name, found=found)


def kinds_of(instances: Iterable[Instance]) -> set[tuple[str, str]]:
    """Group and kind of what asked for these databases, and of the pack's own."""
    asked = {(each.owner.api_version.rpartition("/")[0], each.owner.kind) for each in instances if each.owner}
    return asked | {(GROUP, KIND)}


def row(each: Asking | None, instance: Instance | None) -> dict[str, Any]:
    """One line of a list: an object with its database, or what there is of the two."""
    owner = instance.owner if instance else None
    found = mapping(each.found) if each else {}
    status = mapping(found.get("status"))
    return {
        "cluster": each.cluster if each else None,
        "namespace": each.namespace if each else owner.namespace if owner else None,
        "name": each.name if each else owner.name if owner else None,
        "kind": found.get("kind") or (owner.kind if owner else None),
        "phase": status.get("phase"),
        "deleting": is_going(found),
        "claim": each.claim if each else instance.identifier if instance else None,
        "owner": owner.cluster if owner else None,
        "engine": instance.engine if instance else None,
        "version": instance.version if instance else None,
        "class": instance.instance_class if instance else None,
        "storage_gib": instance.storage_gib if instance else None,
        "aws_status": instance.status if instance else None,
        "endpoint": instance.endpoint if instance else None,
    }


def databases(
    objects: Iterable[Asking], instances: Iterable[Instance], *, namespace: str | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every object with its database, and every database of ours that no object claims.

    Args:
        objects: Of all clusters.
        instances: Ours.
        namespace: Only of this one.

    Returns:
        The rows of the objects, and those of the orphans.
    """
    by_claim = {each.identifier: each for each in instances}
    rows, claimed = [], set()
    for each in objects:
        claimed.add(each.claim)
        if namespace in (None, each.namespace):
            instance = by_claim.get(each.claim or "")
            # A claim that was borrowed shows nothing of the other's database.
            is_its_own = (
                instance is not None
                and instance.owner is not None
                and ((instance.owner.namespace, instance.owner.name) == (each.namespace, each.name))
            )
            rows.append(row(each, instance if is_its_own else None))
    orphans = [
        row(None, each)
        for claim, each in sorted(by_claim.items())
        if claim not in claimed and (namespace is None or (each.owner and each.owner.namespace == namespace))
    ]
    return rows, orphans
