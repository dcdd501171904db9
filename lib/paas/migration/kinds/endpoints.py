"""Endpoints and EndpointSlices."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
_LEADER = "control-plane.alpha.kubernetes.io/leader"


class Endpoints(Kind):
    """Addresses of a Service; a person writes them only where the Service has no selector."""

    kinds = (("", "Endpoints"),)
    wave = Wave.ENDPOINTS
    says = "only those of a Service without selector, before it; a controller's stay behind"

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """New servers label the controller's own; for old ones the Service tells."""
        metadata = obj["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        if _LEADER in (metadata.get("annotations") or {}):
            return "leader election lock"
        if (namespace, name) == ("default", "kubernetes"):
            return "the API server's own Service"
        if "endpoints.kubernetes.io/managed-by" in (metadata.get("labels") or {}):
            return "made by a controller"
        # Old controllers leave no trace but the selector that they followed.
        return "made by a controller" if facts.has_selector(namespace, name) else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Addresses of Pods and nodes of the other cluster mean nothing here, apart from their IPs."""
        (obj["metadata"].get("annotations") or {}).pop(_TRIGGER, None)
        for subset in obj.get("subsets") or ():
            for address in (*(subset.get("addresses") or ()), *(subset.get("notReadyAddresses") or ())):
                address.pop("targetRef", None)
                address.pop("nodeName", None)


class EndpointSlice(Kind):
    """A part of a Service's addresses; controllers say so on theirs."""

    kinds = (("discovery.k8s.io", "EndpointSlice"),)
    wave = Wave.ENDPOINTS
    says = "those made by a controller, mirrored ones included, stay behind"

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """A controller's carry its name."""
        metadata = obj["metadata"]
        if (metadata.get("namespace"), metadata["name"]) == ("default", "kubernetes"):
            return "the API server's own Service"
        manager = (metadata.get("labels") or {}).get("endpointslice.kubernetes.io/managed-by", "")
        return "made by a controller" if manager.endswith(".k8s.io") else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """As for Endpoints."""
        (obj["metadata"].get("annotations") or {}).pop(_TRIGGER, None)
        for endpoint in obj.get("endpoints") or ():
            endpoint.pop("targetRef", None)
            endpoint.pop("nodeName", None)
