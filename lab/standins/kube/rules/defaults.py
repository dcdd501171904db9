"""Kinds that have defaults and nothing else of their own: one table, a path and its value a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Json
from lab.standins.kube.store import clone

from . import Rule

_WEBHOOK: dict[str, Any] = {
    "webhooks[].failurePolicy": "Fail",
    "webhooks[].matchPolicy": "Equivalent",
    "webhooks[].namespaceSelector": {},
    "webhooks[].objectSelector": {},
    "webhooks[].timeoutSeconds": 10,
    "webhooks[].rules[].scope": "*",
    "webhooks[].clientConfig.service.port": 443,
}
# A step that ends in [] goes into each item of a list; steps between are followed where they are, and never made.
TABLE: dict[tuple[str, str], dict[str, Any]] = {
    ("storage.k8s.io", "StorageClass"): {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    ("scheduling.k8s.io", "PriorityClass"): {"preemptionPolicy": "PreemptLowerPriority"},
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _WEBHOOK,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): {
        **_WEBHOOK,
        "webhooks[].reinvocationPolicy": "Never",
    },
    ("apiregistration.k8s.io", "APIService"): {"spec.service.port": 443, "status": {}},
}


def apply(value: Any, path: str, default: Any) -> None:
    """Set a default where a field is missing."""
    step, _, rest = path.partition(".")
    name, each, _ = step.partition("[]")
    if not isinstance(value, dict):
        return
    if each:
        for item in value.get(name) or ():
            apply(item, rest, default)
    elif rest:
        apply(value.get(name), rest, default)
    else:
        value.setdefault(name, clone(default))


def _prepare(defaults: dict[str, Any]) -> Callable[[Cluster, Json, Json | None], None]:
    def prepare(cluster: Cluster, new: Json, old: Json | None) -> None:
        del cluster, old
        for path, default in defaults.items():
            apply(new, path, default)

    return prepare


RULES = {key: Rule(prepare=_prepare(defaults)) for key, defaults in TABLE.items()}
