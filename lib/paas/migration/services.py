"""Which services the API server calls for an object: those of webhooks and of aggregated APIs."""

from __future__ import annotations

from collections.abc import Iterator

from paas.migration.json_types import Json


def services_of(obj: Json) -> Iterator[tuple[str, str]]:
    """The `(namespace, name)` of the services that a webhook configuration or an APIService names."""
    if obj.get("kind") == "APIService":
        clients = [obj.get("spec") or {}]
    else:
        clients = [hook.get("clientConfig") or {} for hook in obj.get("webhooks") or () if isinstance(hook, dict)]
    for client in clients:
        service = client.get("service")
        if service:
            yield service["namespace"], service["name"]
