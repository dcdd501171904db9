"""Nobody grants what they do not have themselves."""

from __future__ import annotations

import json

from .authentication import MASTERS
from .cluster import Cluster, User
from .errors import ApiError, Json, details_of, not_found
from .kinds import Kind
from .rbac import GROUP, allows, includes, may, rules_of


def check(cluster: Cluster, kind: Kind, new: Json, old: Json | None, user: User) -> None:
    """Refuse a role, or a binding to one, that grants what its author does not have.

    Raises:
        ApiError: 403; 404, the role bound to is missing.
    """
    if MASTERS in user.groups:
        return
    namespace, name = new["metadata"].get("namespace", ""), new["metadata"]["name"]
    if kind.kind.endswith("Binding"):
        reference = new["roleRef"]
        plural = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
        if may(cluster, user, "bind", GROUP, plural, namespace, reference["name"]):
            return
        where = namespace if plural == "roles" else ""
        role = cluster.get(GROUP, plural, reference["name"], where)
        if role is None:
            raise not_found(GROUP, kind.plural, reference["name"])
        rules = role.get("rules") or []
    else:
        rules = new.get("rules") or []
        if old is not None and rules == (old.get("rules") or []):
            return
        if may(cluster, user, "escalate", GROUP, kind.plural, namespace, name):
            return
    held = rules_of(cluster, user, namespace)
    missing = [rule for rule in rules if not _covered(rule, held)]
    if missing:
        groups = json.dumps(list(user.groups)).replace(", ", " ")
        listed = "\n".join(_go(rule) for rule in missing)
        who = f'user "{user.name}" (groups={groups})'
        why = f"{who} is attempting to grant RBAC permissions not currently held:\n{listed}"
        raise ApiError(
            403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {why}',
            details=details_of(kind.group, kind.plural, name),
        )  # fmt: skip


def _covered(rule: Json, held: list[Json]) -> bool:
    if rule.get("nonResourceURLs"):
        return all(
            any(includes(verb, one.get("verbs")) and includes(url, one.get("nonResourceURLs")) for one in held)
            for verb in rule["verbs"] for url in rule["nonResourceURLs"]
        )  # fmt: skip
    names = rule.get("resourceNames") or [""]
    return all(
        any(allows(one, verb, group, resource, name) for one in held)
        for verb in rule.get("verbs") or ()
        for group in rule.get("apiGroups") or ()
        for resource in rule.get("resources") or ()
        for name in names
    )


def _go(rule: Json) -> str:
    """A rule as the server prints it."""
    parts = []
    for field, label in (
        ("apiGroups", "APIGroups"), ("resources", "Resources"), ("resourceNames", "ResourceNames"),
        ("nonResourceURLs", "NonResourceURLs"), ("verbs", "Verbs"),
    ):  # fmt: skip
        if rule.get(field):
            parts.append(f"{label}:[{', '.join(json.dumps(one) for one in rule[field])}]")
    return "{" + ", ".join(parts) + "}"
