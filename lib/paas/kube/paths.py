"""Paths of the Kubernetes API, built and read.

Source of the layout: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote


def collection(group: str, version: str, plural: str, namespace: str | None = None) -> str:
    """The path of a resource's objects; an empty `group` is the core API."""
    root = f"/apis/{quote(group, safe='')}" if group else "/api"
    inside = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{root}/{quote(version, safe='')}{inside}/{quote(plural, safe='')}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names, so that errors can speak of objects instead of paths."""

    path: str
    group: str = ""
    plural: str = ""
    namespace: str | None = None
    name: str | None = None
    subresource: str | None = None

    @property
    def resource(self) -> str:
        """`databases.paas.internal`, or `secrets` in the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def __str__(self) -> str:
        if not self.plural:
            return self.path
        shown = self.resource + (f"/{self.subresource}" if self.subresource else "")
        if self.name:
            return f"{shown} {self.namespace}/{self.name}" if self.namespace else f"{shown} {self.name}"
        return f"{shown} in namespace {self.namespace}" if self.namespace else f"{shown} in all namespaces"


def parse(path: str) -> Target:
    """Read a path back; one that is no resource's (`/version`, `/apis`) names only itself."""
    parts = [unquote(part) for part in path.partition("?")[0].split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return Target(path)
    namespace = None
    if rest[0] == "watch":
        rest = rest[1:]
    if rest[:1] == ["namespaces"] and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, None, None, None)[:3]
    return Target(path, group, plural or "", namespace, name, subresource)
