"""Deployments, StatefulSets, DaemonSets, ReplicaSets and ReplicationControllers."""

from __future__ import annotations

from typing import ClassVar

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds import templates
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_COUNTED = (
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deployment.kubernetes.io/revision-history",
    "deprecated.daemonset.template.generation",
)


class Workload(Kind):
    """What runs all the time, on as many nodes as there are."""

    kinds: ClassVar[tuple[tuple[str, str], ...]] = (("apps", "DaemonSet"),)
    wave = Wave.WORKLOADS
    says = "arrives as it is; annotations of its controller dropped"

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Its controller counts on its annotations."""
        for name in _COUNTED:
            (obj["metadata"].get("annotations") or {}).pop(name, None)
        templates.scrub(obj["spec"].get("template"))
        for claim in obj["spec"].get("volumeClaimTemplates") or ():
            claim.pop("status", None)
            (claim.get("metadata") or {}).pop("creationTimestamp", None)


class ScaledWorkload(Workload):
    """What runs in a number of replicas."""

    kinds = (
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "ReplicaSet"),
        ("", "ReplicationController"),
    )
    held_by = "workloads"
    says = (
        "arrives as it is; with `workloads: zero` at zero replicas, the number kept in an annotation; "
        "one that a controller made stays behind"
    )

    def held_values(self, obj: Json) -> Json:
        """No replica."""
        return {"spec.replicas": 0}
