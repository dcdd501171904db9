"""The roles and bindings that every cluster begins with, the few that people meet."""

from __future__ import annotations

from collections.abc import Iterator

from .authentication import MASTERS
from .errors import Json
from .rbac import GROUP

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


def roles() -> Iterator[tuple[str, Json]]:
    """The roles and bindings every cluster begins with: plural and object."""
    edit = [{"apiGroups": [group], "resources": names, "verbs": _READ + _WRITE} for group, names in _EDITED]
    view = [
        {"apiGroups": [group], "resources": [name for name in names if name != "secrets"], "verbs": _READ}
        for group, names in _EDITED
    ]
    found = {
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
    for name, rules in found.items():
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
