"""Deployments, DaemonSets, ReplicaSets and StatefulSets of extensions/v1beta1 and apps/v1beta* to apps/v1."""

from __future__ import annotations

import copy

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json

_GONE = ("rollbackTo", "templateGeneration")


def _to_apps_v1(obj: Json) -> None:
    spec = obj["spec"]
    for field in _GONE:
        spec.pop(field, None)
    if not spec.get("selector"):
        # What the old server took where nothing was said, and apps/v1 wants said.
        labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
        spec["selector"] = {"matchLabels": copy.deepcopy(labels)}


CONVERSIONS = {
    (group, version, kind): Conversion("apps", "v1", kind, _to_apps_v1)
    for group, version, kinds in (
        ("extensions", "v1beta1", ("Deployment", "DaemonSet", "ReplicaSet")),
        ("apps", "v1beta1", ("Deployment", "StatefulSet")),
        ("apps", "v1beta2", ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")),
    )
    for kind in kinds
}
