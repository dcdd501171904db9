"""CA bundles that something in the cluster wrote, for its own certificates."""

from __future__ import annotations

from typing import Any

from paas.migration.json_types import Json

#: Annotations that ask cert-manager or OpenShift for the bundle.
ASKED_BY = (
    "cert-manager.io/inject-ca-from",
    "cert-manager.io/inject-ca-from-secret",
    "cert-manager.io/inject-apiserver-ca",
    "certmanager.k8s.io/inject-ca-from",
    "certmanager.k8s.io/inject-apiserver-ca",
    "service.beta.openshift.io/inject-cabundle",
)


def drop(obj: Json, *clients: Any) -> None:
    """Take the bundle out of these `clientConfig`s (or an APIService's spec) where somebody injects it."""
    annotations = obj["metadata"].get("annotations") or {}
    if not any(name in annotations for name in ASKED_BY):
        return
    for client in clients:
        if client:
            client.pop("caBundle", None)
