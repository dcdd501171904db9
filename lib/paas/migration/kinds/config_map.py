"""ConfigMaps."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_LEADER = "control-plane.alpha.kubernetes.io/leader"


class ConfigMap(Kind):
    """A ConfigMap."""

    kinds = (("", "ConfigMap"),)
    wave = Wave.CONFIG_MAPS
    says = "`kube-root-ca.crt` and old leader election locks stay behind"

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """The cluster's authority is its own, and so is who leads."""
        if obj["metadata"]["name"] == "kube-root-ca.crt":
            return "the cluster's own CA"
        return "leader election lock" if _LEADER in (obj["metadata"].get("annotations") or {}) else None
