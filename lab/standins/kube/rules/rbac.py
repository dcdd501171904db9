"""Roles and bindings: roleRef cannot change."""

from __future__ import annotations

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Cause, Json, invalid_value, required

from . import Rule

GROUP = "rbac.authorization.k8s.io"


def _prepare_role(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster, old
    new["rules"] = new.get("rules") or None


def _prepare_binding(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster, old
    new.setdefault("roleRef", {}).setdefault("apiGroup", GROUP)
    for subject in new.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", GROUP)


def _validate_binding(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    causes = []
    if not new["roleRef"].get("name"):
        causes.append(required("roleRef.name"))
    if old is not None and new["roleRef"] != old["roleRef"]:
        shown = {"APIGroup": new["roleRef"]["apiGroup"], "Kind": new["roleRef"].get("kind")}
        causes.append(invalid_value("roleRef", {**shown, "Name": new["roleRef"].get("name")}, "cannot change roleRef"))
    return causes


_ROLE = Rule(prepare=_prepare_role)
_BINDING = Rule(prepare=_prepare_binding, validate=_validate_binding)

RULES = {
    (GROUP, "Role"): _ROLE,
    (GROUP, "ClusterRole"): _ROLE,
    (GROUP, "RoleBinding"): _BINDING,
    (GROUP, "ClusterRoleBinding"): _BINDING,
}
