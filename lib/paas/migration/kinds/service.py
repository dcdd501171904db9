"""Services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
#: Fields that a Service of type ClusterIP may not have, or that would order a load balancer.
_BALANCER_ONLY = (
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "loadBalancerClass",
    "allocateLoadBalancerNodePorts",
    "externalTrafficPolicy",
    "healthCheckNodePort",
)


class Service(Kind):
    """A Service, headless, external, without selector or with a load balancer."""

    kinds = (("", "Service"),)
    wave = Wave.SERVICES
    held_by = "load_balancers"
    says = (
        "`clusterIP` dropped but for `None`; `ipFamilies`, `nodePort` and `healthCheckNodePort` kept only where "
        "somebody chose them (managedFields and last-applied tell); a taken port is a failure or reassigned, by "
        "`node_ports`; type LoadBalancer arrives as ClusterIP, its type kept in an annotation until `migrate_release`; "
        "`default/kubernetes` stays behind"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """Each API server has its own."""
        metadata = obj["metadata"]
        if (metadata.get("namespace"), metadata["name"]) == ("default", "kubernetes"):
            return "the API server's own Service"
        return None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Addresses and ports that the cluster gave out are its own."""
        spec = obj["spec"]
        if spec.get("clusterIP") != "None":
            spec.pop("clusterIP", None)
            spec.pop("clusterIPs", None)
        chosen = Chosen(obj)
        if not chosen.field("ipFamilies"):
            spec.pop("ipFamilies", None)
        if not chosen.field("healthCheckNodePort"):
            spec.pop("healthCheckNodePort", None)
        for port in spec.get("ports") or ():
            if "nodePort" in port and not chosen.node_port(port):
                del port["nodePort"]
        if spec.get("allocateLoadBalancerNodePorts") is True:
            del spec["allocateLoadBalancerNodePorts"]  # the default; 1.23 and older don't write it

    def held_values(self, obj: Json) -> Json:
        """Without its load balancer: never a second one unasked."""
        spec = obj["spec"]
        if spec.get("type") != "LoadBalancer":
            return {}
        held: Json = {"spec.type": "ClusterIP"}
        held.update({f"spec.{field}": None for field in _BALANCER_ONLY if field in spec})
        ports = spec.get("ports") or []
        if any("nodePort" in port for port in ports):
            held["spec.ports"] = [{k: v for k, v in port.items() if k != "nodePort"} for port in ports]
        return held


class Chosen:
    """Which of a Service's fields a person, or an application, set; the server fills in the rest.

    The server's own choices appear neither in the managedFields of the writer nor in kubectl's last-applied.
    Velero decides by the same two.
    """

    def __init__(self, service: Json) -> None:
        self._specs = list(_specs_of(service["metadata"]))

    def field(self, name: str) -> bool:
        """Whether somebody set a field of the spec."""
        return any(f"f:{name}" in spec or name in spec for spec in self._specs)

    def node_port(self, port: Json) -> bool:
        """Whether somebody set this port's nodePort."""
        key = {"port": port.get("port"), "protocol": port.get("protocol", "TCP")}
        for spec in self._specs:
            for name, fields in (spec.get("f:ports") or {}).items():
                if "f:nodePort" in fields and name.startswith("k:") and json.loads(name[2:]) == key:
                    return True
            for applied in spec.get("ports") or ():
                same = (applied.get("port"), applied.get("protocol", "TCP")) == (key["port"], key["protocol"])
                if same and applied.get("nodePort"):
                    return True
        return False


def _specs_of(metadata: Json) -> Iterator[dict[str, Any]]:
    for entry in metadata.get("managedFields") or ():
        if not entry.get("subresource"):
            yield (entry.get("fieldsV1") or {}).get("f:spec") or {}
    applied = (metadata.get("annotations") or {}).get(_LAST_APPLIED)
    if applied:
        try:
            yield json.loads(applied).get("spec") or {}
        except (ValueError, AttributeError):
            return
