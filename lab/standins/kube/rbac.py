"""Who may: roles and bindings evaluated; nobody grants what they do not have."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .authentication import MASTERS
from .cluster import Cluster, User
from .errors import ApiError, Json, details_of, forbidden, not_found
from .kinds import Kind
from .paths import Target

GROUP = "rbac.authorization.k8s.io"

DISCOVERY = ("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/version", "/version/", "/healthz",
             "/livez",
             "/readyz")  # fmt: skip
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_EDITED = [
    ("", ["configmaps", "events", "endpoints", "persistentvolumeclaims", "pods", "replicationcontrollers", "secrets",
          "serviceaccounts", "services"]),
    ("apps", ["*"]), ("batch", ["*"]), ("autoscaling", ["*"]), ("policy", ["poddisruptionbudgets"]),
    ("networking.k8s.io", ["ingresses", "networkpolicies"]),
]  # fmt: skip


def bootstrap() -> Iterator[tuple[str, Json]]:
    """The roles and bindings every cluster begins with: plural and object."""
    edit = [{"apiGroups": [group], "resources": names, "verbs": _READ + _WRITE} for group, names in _EDITED]
    view = [
        {"apiGroups": [group], "resources": [name for name in names if name != "secrets"], "verbs": _READ}
        for group, names in _EDITED
    ]
    roles = {
        "cluster-admin": [
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
            {"nonResourceURLs": ["*"], "verbs": ["*"]},
        ],
        "admin": [*edit, {"apiGroups": [GROUP], "resources": ["roles", "rolebindings"], "verbs": _READ + _WRITE}],
        "edit": edit,
        "view": view,
        "system:discovery": [{"nonResourceURLs": list(DISCOVERY), "verbs": ["get"]}],
        "system:public-info-viewer": [
            {"nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"], "verbs": ["get"]}
        ],
        "system:basic-user": [
            {
                "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
                "verbs": ["create"],
            },
            {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
        ],
    }
    for name, rules in roles.items():
        yield "clusterroles", {"metadata": _bootstrapped(name), "rules": rules}
    for name, group in (
        ("cluster-admin", MASTERS),
        ("system:discovery", "system:authenticated"),
        ("system:basic-user", "system:authenticated"),
        ("system:public-info-viewer", "system:authenticated"),
    ):
        subjects = [{"kind": "Group", "apiGroup": GROUP, "name": group}]
        if name == "system:public-info-viewer":
            subjects.append({"kind": "Group", "apiGroup": GROUP, "name": "system:unauthenticated"})
        role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
        yield "clusterrolebindings", {"metadata": _bootstrapped(name), "subjects": subjects, "roleRef": role}


def _bootstrapped(name: str) -> Json:
    return {
        "name": name,
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    }


def rules_of(cluster: Cluster, user: User, namespace: str) -> Iterator[Json]:
    """Every rule that holds for a user, cluster-wide and in a namespace."""
    for binding in cluster.all(GROUP, "clusterrolebindings"):
        if _binds(binding, user, ""):
            yield from _role_rules(cluster, binding["roleRef"], "")
    if namespace:
        for binding in cluster.all(GROUP, "rolebindings", namespace):
            if _binds(binding, user, namespace):
                yield from _role_rules(cluster, binding["roleRef"], namespace)


def _binds(binding: Json, user: User, namespace: str) -> bool:
    for subject in binding.get("subjects") or ():
        kind, name = subject.get("kind"), subject.get("name")
        if (kind == "User" and name == user.name) or (kind == "Group" and name in user.groups):
            return True
        where = subject.get("namespace") or namespace
        if kind == "ServiceAccount" and user.name == f"system:serviceaccount:{where}:{name}":
            return True
    return False


def _role_rules(cluster: Cluster, reference: Json, namespace: str) -> list[Json]:
    if reference.get("kind") == "Role":
        role = cluster.get(GROUP, "roles", reference["name"], namespace)
    else:
        role = cluster.get(GROUP, "clusterroles", reference["name"])
    return (role or {}).get("rules") or []


def _in(wanted: str, listed: list[str] | None) -> bool:
    return listed is not None and ("*" in listed or wanted in listed)


def allows(rule: Json, verb: str, group: str, resource: str, name: str) -> bool:
    """Whether one rule allows a verb on a resource (`pods/status` for a subresource)."""
    if not _in(verb, rule.get("verbs")) or not _in(group, rule.get("apiGroups")):
        return False
    resources = rule.get("resources") or []
    plural, slash, sub = resource.partition("/")
    if not (_in(resource, resources) or (slash and f"*/{sub}" in resources)):
        return False
    del plural
    names = rule.get("resourceNames")
    return not names or name in names


def may(cluster: Cluster, user: User, verb: str, group: str, resource: str, namespace: str, name: str) -> bool:
    """Whether a user may."""
    if MASTERS in user.groups:
        return True
    return any(allows(rule, verb, group, resource, name) for rule in rules_of(cluster, user, namespace))


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
        if _in(verb, rule.get("verbs")) and any(
            url in ("*", path) or (url.endswith("*") and path.startswith(url[:-1])) for url in urls
        ):
            return
    message = f'forbidden: User "{user.name}" cannot {verb} path "{path}"'
    raise ApiError(403, "Forbidden", message, details={})


def check_escalation(cluster: Cluster, kind: Kind, new: Json, old: Json | None, user: User) -> None:
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
            raise not_found(GROUP, plural, reference["name"])
        rules = role.get("rules") or []
    else:
        rules = new.get("rules") or []
        if old is not None and rules == (old.get("rules") or []):
            return
        if may(cluster, user, "escalate", GROUP, kind.plural, namespace, name):
            return
    held = list(rules_of(cluster, user, namespace))
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
            any(_in(verb, one.get("verbs")) and _in(url, one.get("nonResourceURLs")) for one in held)
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
