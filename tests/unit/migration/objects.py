"""Objects as an API server gives them, for these tests."""

from __future__ import annotations

import copy
from typing import Any

from paas.kube import Resource
from paas.migration.routes import Route

SERVER_METADATA = {
    "uid": "11111111-2222-3333-4444-555555555555",
    "resourceVersion": "42",
    "generation": 3,
    "creationTimestamp": "2026-01-01T00:00:00Z",
    "selfLink": "/api/v1/x",
    "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsV1": {}}],
}


def live(
    api_version: str, kind: str, name: str = "web", namespace: str | None = "shop", **fields: Any
) -> dict[str, Any]:
    """An object with everything that a server adds to its metadata; `metadata` among the fields is merged in."""
    metadata = {"name": name, **copy.deepcopy(SERVER_METADATA), **fields.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def route(
    rules, *, group: str, version: str, plural: str, kind: str, namespaced: bool = True, here: bool = True
) -> Route:
    """A route without conversion."""
    verbs = frozenset({"get", "list", "create", "update", "patch", "delete"})
    resource = Resource(group, version, plural, kind, namespaced, verbs)
    return Route(resource, resource, rules, here=here)
