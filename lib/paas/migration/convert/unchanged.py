"""Kinds that moved to another version, or group, without a change of their fields."""

from __future__ import annotations

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json

_RBAC = "rbac.authorization.k8s.io"
_MOVED: tuple[tuple[str, str, str, str, str], ...] = (
    # group, version, kind, present group, present version
    *(
        (_RBAC, version, kind, _RBAC, "v1")
        for version in ("v1beta1", "v1alpha1")
        for kind in ("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")
    ),
    ("extensions", "v1beta1", "NetworkPolicy", "networking.k8s.io", "v1"),
    ("storage.k8s.io", "v1beta1", "StorageClass", "storage.k8s.io", "v1"),
    ("storage.k8s.io", "v1beta1", "CSIDriver", "storage.k8s.io", "v1"),
    ("scheduling.k8s.io", "v1beta1", "PriorityClass", "scheduling.k8s.io", "v1"),
    ("scheduling.k8s.io", "v1alpha1", "PriorityClass", "scheduling.k8s.io", "v1"),
    ("networking.k8s.io", "v1beta1", "IngressClass", "networking.k8s.io", "v1"),
    ("apiregistration.k8s.io", "v1beta1", "APIService", "apiregistration.k8s.io", "v1"),
    ("node.k8s.io", "v1beta1", "RuntimeClass", "node.k8s.io", "v1"),
)


def _same(obj: Json) -> None:
    for subject in obj.get("subjects") or ():
        subject.pop("apiVersion", None)  # v1alpha1 named it so; v1 has apiGroup, and fills it in


CONVERSIONS = {
    (group, version, kind): Conversion(present, now, kind, _same) for group, version, kind, present, now in _MOVED
}
