"""Ingresses."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave


class Ingress(Kind):
    """What comes in from outside."""

    kinds = (("networking.k8s.io", "Ingress"),)
    wave = Wave.INGRESSES
    says = "not both the class annotation and `ingressClassName`: the server refuses to create that"

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The field is the present way."""
        if obj["spec"].get("ingressClassName"):
            (obj["metadata"].get("annotations") or {}).pop("kubernetes.io/ingress.class", None)
