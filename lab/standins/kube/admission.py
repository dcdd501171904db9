"""What an object must pass: defaults and validation, its namespace's life, quotas, RBAC escalation."""

from __future__ import annotations

from . import escalation, names, quotas, schemas
from .cluster import Cluster, User
from .errors import Cause, Json, forbidden, invalid, not_found
from .kinds import Kind
from .options import WriteOptions
from .rules import rule_of


def namespace(cluster: Cluster, kind: Kind, name: str, object_name: str) -> None:
    """Refuse to create in a namespace that is missing or going.

    Raises:
        ApiError: 404 or 403.
    """
    if not kind.namespaced:
        return
    found = cluster.get("", "namespaces", name)
    if found is None:
        raise not_found("", "namespaces", name)
    if found["metadata"].get("deletionTimestamp"):
        cause = Cause("metadata.namespace", "NamespaceTerminating", f"namespace {name} is being terminated")
        why = f"unable to create new content in namespace {name} because it is being terminated"
        raise forbidden(kind.group, kind.plural, object_name, why, causes=[cause])


def check(cluster: Cluster, kind: Kind, new: Json, old: Json | None, user: User, subresource: str = "") -> None:
    """Quotas on create, escalation on RBAC writes.

    Raises:
        ApiError: 403.
    """
    if subresource:
        return
    if old is None and kind.namespaced:
        quotas.check(cluster, kind, new)
    if kind.group == "rbac.authorization.k8s.io":
        escalation.check(cluster, kind, new, old, user)


def admit(cluster: Cluster, kind: Kind, new: Json, old: Json | None, options: WriteOptions) -> list[str]:
    """Default, prune and validate.

    Raises:
        ApiError: 400 for unknown fields under Strict, 422 for what is wrong.
    """
    warnings: list[str] = []
    if kind.custom and kind.schema:
        warnings = schemas.prune(kind, new, options)
        schemas.default(kind.schema, new)
    for field in ("labels", "annotations", "finalizers", "ownerReferences"):
        if not new["metadata"].get(field, True):  # the server writes no empty ones
            del new["metadata"][field]
    rule = rule_of(kind)
    rule.prepare(cluster, new, old)
    causes: list[Cause] = names.check(kind, new["metadata"])
    if kind.custom and kind.schema:
        causes += schemas.validate(kind, new)
    causes += rule.validate(cluster, new, old)
    if causes:
        raise invalid(kind.group, kind.kind, new["metadata"].get("name") or "", causes)
    return warnings
