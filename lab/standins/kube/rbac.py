"""Who may: roles and bindings evaluated, refused in the server's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .authentication import MASTERS
from .cluster import Cluster, User
from .errors import ApiError, Json, forbidden
from .paths import Target

GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Grant:
    """A rule that holds for a user, and the binding's words for why."""

    rule: Json
    why: str


def grants_of(cluster: Cluster, user: User, namespace: str) -> Iterator[Grant]:
    """Every rule that holds for a user, cluster-wide and in a namespace."""
    places = [("clusterrolebindings", "")] + ([("rolebindings", namespace)] if namespace else [])
    for plural, where in places:
        for binding in cluster.all(GROUP, plural, where):
            subject = _bound(binding, user, where)
            if not subject:
                continue
            metadata, role = binding["metadata"], binding["roleRef"]
            kind, place = ("RoleBinding", f"/{where}") if where else ("ClusterRoleBinding", "")
            why = f'RBAC: allowed by {kind} "{metadata["name"]}{place}" of {role["kind"]} "{role["name"]}" to {subject}'
            for rule in _role_rules(cluster, role, where):
                yield Grant(rule, why)


def rules_of(cluster: Cluster, user: User, namespace: str) -> list[Json]:
    """Every rule that holds for a user, cluster-wide and in a namespace."""
    return [grant.rule for grant in grants_of(cluster, user, namespace)]


def _bound(binding: Json, user: User, namespace: str) -> str:
    """The subject of a binding that a user is, as the server names it; empty for none."""
    for subject in binding.get("subjects") or ():
        kind, name = subject.get("kind"), subject.get("name")
        if (kind == "User" and name == user.name) or (kind == "Group" and name in user.groups):
            return f'{kind} "{name}"'
        where = subject.get("namespace") or namespace
        if kind == "ServiceAccount" and user.name == f"system:serviceaccount:{where}:{name}":
            return f'ServiceAccount "{name}/{where}"'
    return ""


def _role_rules(cluster: Cluster, reference: Json, namespace: str) -> list[Json]:
    if reference.get("kind") == "Role":
        role = cluster.get(GROUP, "roles", reference["name"], namespace)
    else:
        role = cluster.get(GROUP, "clusterroles", reference["name"])
    return (role or {}).get("rules") or []


def includes(wanted: str, listed: list[str] | None) -> bool:
    """Whether a rule's list names something, or everything."""
    return listed is not None and ("*" in listed or wanted in listed)


def allows(rule: Json, verb: str, group: str, resource: str, name: str) -> bool:
    """Whether one rule allows a verb on a resource (`pods/status` for a subresource)."""
    if not includes(verb, rule.get("verbs")) or not includes(group, rule.get("apiGroups")):
        return False
    resources = rule.get("resources") or []
    plural, slash, sub = resource.partition("/")
    if not (includes(resource, resources) or (slash and f"*/{sub}" in resources)):
        return False
    del plural
    names = rule.get("resourceNames")
    return not names or name in names


def may(cluster: Cluster, user: User, verb: str, group: str, resource: str, namespace: str, name: str) -> bool:
    """Whether a user may."""
    return why(cluster, user, verb, group, resource, namespace, name) is not None


def why(cluster: Cluster, user: User, verb: str, group: str, resource: str, namespace: str, name: str) -> str | None:
    """Why a user may, in the server's words; None where they may not."""
    if MASTERS in user.groups:
        return ""
    for grant in grants_of(cluster, user, namespace):
        if allows(grant.rule, verb, group, resource, name):
            return grant.why
    return None


def authorize(cluster: Cluster, user: User, target: Target) -> None:
    """Let a request through.

    Raises:
        ApiError: 403, in the server's words.
    """
    if not may(cluster, user, target.verb, target.group, target.resource, target.namespace, target.name):
        raise forbidden(target.group, target.plural, target.name, refusal(user, target))


def refusal(user: User, target: Target) -> str:
    """Why a request is refused."""
    namespaced = target.namespace and not (
        target.plural == "namespaces" and not target.group and not target.subresource
    )
    if target.plural == "namespaces" and not target.group:
        namespaced = bool(target.namespace)
    where = f'in the namespace "{target.namespace}"' if namespaced else "at the cluster scope"
    return f'User "{user.name}" cannot {target.verb} resource "{target.resource}" in API group "{target.group}" {where}'


def authorize_path(cluster: Cluster, user: User, verb: str, path: str) -> None:
    """Let a request for a path that is no resource through.

    Raises:
        ApiError: 403.
    """
    if MASTERS in user.groups:
        return
    for rule in rules_of(cluster, user, ""):
        urls = rule.get("nonResourceURLs") or ()
        if includes(verb, rule.get("verbs")) and any(
            url in ("*", path) or (url.endswith("*") and path.startswith(url[:-1])) for url in urls
        ):
            return
    message = f'forbidden: User "{user.name}" cannot {verb} path "{path}"'
    raise ApiError(403, "Forbidden", message, details={})
