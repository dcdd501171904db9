"""CustomResourceDefinitions."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds import injected
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave


class CustomResourceDefinition(Kind):
    """A definition, its conversion webhook included."""

    kinds = (("apiextensions.k8s.io", "CustomResourceDefinition"),)
    wave = Wave.DEFINITIONS
    replaceable = False
    says = (
        "first; each is awaited (Established, NamesAccepted) for a bounded time, and one that fails is named while the "
        "others go on; an injected CA bundle is dropped; `preserveUnknownFields: true` becomes an open schema"
    )

    def scrub(self, obj: Json, facts: Facts) -> None:
        """v1 refuses what v1beta1 stored: unknown fields kept everywhere."""
        spec = obj["spec"]
        if spec.pop("preserveUnknownFields", False):
            for version in spec.get("versions") or ():
                schema = version.setdefault("schema", {}).setdefault("openAPIV3Schema", {"type": "object"})
                schema["x-kubernetes-preserve-unknown-fields"] = True
        webhook = (spec.get("conversion") or {}).get("webhook") or {}
        injected.drop(obj, webhook.get("clientConfig"))
