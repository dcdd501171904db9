"""Roles and bindings."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

GROUP = "rbac.authorization.k8s.io"


class _Granted(Kind):
    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """The API server makes its own at start."""
        metadata = obj["metadata"]
        if "kubernetes.io/bootstrapping" in (metadata.get("labels") or {}) or metadata["name"].startswith("system:"):
            return "the API server's own RBAC"
        return None


class Roles(_Granted):
    """What may be done."""

    kinds = ((GROUP, "ClusterRole"), (GROUP, "Role"))
    wave = Wave.ROLES
    says = (
        "before the bindings; `escalate` is checked before anything is written; labelled `kubernetes.io/bootstrapping` "
        "or named `system:*` stays behind; the rules of an aggregated ClusterRole are left to its controller"
    )

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Aggregated rules are written by a controller."""
        if obj.get("aggregationRule"):
            obj["rules"] = None


class Bindings(_Granted):
    """Who may do it."""

    kinds = ((GROUP, "ClusterRoleBinding"), (GROUP, "RoleBinding"))
    wave = Wave.BINDINGS
    says = (
        "after the roles; `bind` is checked before anything is written; subjects keep their namespaces, mapped by "
        "`namespace_map`; another `roleRef` on the destination is a conflict, for it is immutable"
    )
