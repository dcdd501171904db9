"""Namespaces."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

#: They belong to the cluster itself.
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})


class Namespace(Kind):
    """A namespace, without what is in it."""

    kinds = (("", "Namespace"),)
    wave = Wave.NAMESPACES
    replaceable = False
    says = (
        "`spec.finalizers` dropped; kube-system, kube-public and kube-node-lease stay behind with all that is in them; "
        "Terminating on the destination: one bounded wait, then one clear error"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """The system's own."""
        return "system namespace" if obj["metadata"]["name"] in SYSTEM else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The server sets the finalizer and the label with the name."""
        obj.pop("spec", None)
        (obj["metadata"].get("labels") or {}).pop("kubernetes.io/metadata.name", None)
