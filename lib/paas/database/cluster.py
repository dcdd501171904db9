"""What this room needs of an API server; `paas.kube.connect` gives one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class Resource(Protocol):
    """Where a kind is served."""

    @property
    def has_status(self) -> bool:
        """Whether the kind has a status subresource."""

    @property
    def group(self) -> str:
        """The API group."""

    @property
    def plural(self) -> str:
        """The kind's plural, as in paths."""

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The path of an object."""


class Resources(Protocol):
    """What a cluster serves."""

    def find(self, group: str, kind: str) -> Resource:
        """The resource of a kind."""


class Cluster(Protocol):
    """What this room needs of an API server; `paas.kube.connect` gives one."""

    @property
    def resources(self) -> Resources:
        """What the cluster serves."""

    def get(self, path: str) -> dict[str, Any]:
        """Read an object."""

    def list(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield every object of a collection, page by page."""

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object."""

    def replace(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace an object if its resourceVersion is still that of the body."""

    def delete(self, path: str, *, preconditions: Mapping[str, str]) -> dict[str, Any]:
        """Delete an object if it still is what the preconditions say."""
