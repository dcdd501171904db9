"""How objects and their kinds are called in reports, marks and errors."""

from __future__ import annotations

from paas.kube import Resource
from paas.migration.json_types import Json


def label_of(resource: Resource) -> str:
    """`deployments.apps`; a core resource's plural alone."""
    return label(resource.plural, resource.group)


def label(plural: str, group: str) -> str:
    """As `label_of`, from its parts."""
    return f"{plural}.{group}" if group else plural


def key_of(obj: Json) -> str:
    """`shop/web`; the name alone outside namespaces."""
    return key(obj["metadata"].get("namespace"), obj["metadata"]["name"])


def key(namespace: str | None, name: str) -> str:
    """As `key_of`, from its parts."""
    return f"{namespace}/{name}" if namespace else name
