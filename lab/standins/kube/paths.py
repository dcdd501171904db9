"""What a request's path and method ask for: verb, group, version, resource, namespace, name, subresource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get", "HEAD": "get"}


@dataclass(frozen=True)
class Target:
    """The resource a request is about, in the terms in which RBAC and the server's words speak of it."""

    verb: str
    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def resource(self) -> str:
        """`pods`, or `pods/status`."""
        return f"{self.plural}/{self.subresource}" if self.subresource else self.plural


def parse(method: str, path: str, query: Mapping[str, str]) -> Target | None:
    """The target of a request; None for a path that is not about a resource (`/version`, `/apis/apps`)."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    watching = rest[0] == "watch" and len(rest) > 1
    if watching:  # the deprecated form: /watch/ before the resource
        rest = rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and not (group == "" and rest[2] in ("status", "finalize")):
            rest = rest[2:]
    plural, name, subresource = rest[0], "".join(rest[1:2]), "/".join(rest[2:])
    verb = VERBS.get(method, method.lower())
    if verb == "get" and not subresource:
        # The parameter means nothing on a single object's path: there the server answers with the object.
        if watching or (not name and query.get("watch", "").lower() in ("1", "true")):
            verb = "watch"
        elif not name:
            verb = "list"
    if verb == "delete" and not name:
        verb = "deletecollection"
    return Target(verb, group, version, plural, namespace, name, subresource)
