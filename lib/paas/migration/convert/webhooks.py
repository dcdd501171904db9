"""Webhook configurations of admissionregistration.k8s.io/v1beta1 and EndpointSlices of v1beta1 to v1."""

from __future__ import annotations

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json


def _webhooks(obj: Json) -> None:
    for hook in obj.get("webhooks") or ():
        # v1 wants said what v1beta1 took for granted.
        hook.setdefault("admissionReviewVersions", ["v1beta1"])
        hook.setdefault("failurePolicy", "Ignore")
        hook.setdefault("matchPolicy", "Exact")
        hook.setdefault("timeoutSeconds", 30)
        if hook.get("sideEffects") not in ("None", "NoneOnDryRun"):
            hook["sideEffects"] = "NoneOnDryRun"


def _slice(obj: Json) -> None:
    for endpoint in obj.get("endpoints") or ():
        topology = endpoint.pop("topology", None) or {}
        for label, field in (("kubernetes.io/hostname", "nodeName"), ("topology.kubernetes.io/zone", "zone")):
            if label in topology:
                endpoint.setdefault(field, topology.pop(label))
        if topology:
            endpoint["deprecatedTopology"] = topology


_GROUP = "admissionregistration.k8s.io"
CONVERSIONS = {
    **{
        (_GROUP, "v1beta1", kind): Conversion(
            _GROUP,
            "v1",
            kind,
            _webhooks,
            warning="v1 wants webhooks without side effects on dry runs; look at its server",
        )
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
    },
    ("discovery.k8s.io", "v1beta1", "EndpointSlice"): Conversion("discovery.k8s.io", "v1", "EndpointSlice", _slice),
}
