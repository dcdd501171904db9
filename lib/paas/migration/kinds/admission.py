"""Webhooks, admission policies and aggregated APIs: what every later write depends on."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds import injected
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

GROUP = "admissionregistration.k8s.io"


class Webhooks(Kind):
    """Whom the API server asks before it stores."""

    kinds = ((GROUP, "ValidatingWebhookConfiguration"), (GROUP, "MutatingWebhookConfiguration"))
    wave = Wave.WEBHOOKS
    says = "last, once their services have endpoints, awaited for a bounded time; injected CA bundles dropped"

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The other cluster's injector writes its own."""
        injected.drop(obj, *(hook.get("clientConfig") for hook in obj.get("webhooks") or ()))


class Policies(Kind):
    """What the API server checks by itself."""

    kinds = (
        (GROUP, "ValidatingAdmissionPolicy"),
        (GROUP, "ValidatingAdmissionPolicyBinding"),
        (GROUP, "MutatingAdmissionPolicy"),
        (GROUP, "MutatingAdmissionPolicyBinding"),
    )
    wave = Wave.WEBHOOKS
    says = "last, as the webhooks"


class APIService(Kind):
    """A group of the API that another server serves."""

    kinds = (("apiregistration.k8s.io", "APIService"),)
    wave = Wave.API_SERVICES
    says = (
        "those that the server manages stay behind; others come late, once their services have endpoints; "
        "what an aggregated API serves is its own server's, and is not read"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """Those of the server itself, and those that it makes for CRDs."""
        managed = "kube-aggregator.kubernetes.io/automanaged" in (obj["metadata"].get("labels") or {})
        return "managed by the API server" if managed or not obj["spec"].get("service") else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The other cluster's injector writes its own."""
        injected.drop(obj, obj["spec"])
