"""Classes: PriorityClass, StorageClass, IngressClass and their like."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave


class Classes(Kind):
    """What workloads name and a cluster's administrator made."""

    kinds = (
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttributesClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("resource.k8s.io", "DeviceClass"),
    )
    wave = Wave.CLASSES
    says = "`system-*` PriorityClasses stay behind"

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """Each cluster has its own system classes."""
        return "system class" if obj["metadata"]["name"].startswith("system-") else None


class FlowControl(Kind):
    """Priority and fairness of the API server."""

    kinds = (
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    )
    wave = Wave.CLASSES
    says = "the defaults that the API server keeps up itself stay behind"

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """The server says on each of its own whether it looks after it."""
        metadata = obj["metadata"]
        if "apf.kubernetes.io/autoupdate-spec" in (metadata.get("annotations") or {}):
            return "the API server's default"
        return "the API server's default" if metadata["name"] in ("exempt", "catch-all") else None
