"""What a cluster serves: groups, versions, resources. Works from API 1.2 on."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from paas.errors import NotFound, PaasError, ServerError
from paas.kube import paths

#: Seconds for which an answer is believed. What is not found in it is looked up again at once.
MAX_AGE = 60.0
_AGGREGATED = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)
_ACCEPT = {"Accept": f"{_AGGREGATED},application/json"}


class Call(Protocol):
    """`Client.call`, as far as discovery needs it."""

    def __call__(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, operation: str | None = None
    ) -> Any:
        """Send one request; the answer's JSON."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource at one version that the cluster serves; an empty `group` is the core API."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: frozenset[str]
    has_status: bool = False

    @property
    def api_version(self) -> str:
        """`paas.internal/v1`, or `v1` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The path of the collection, of an object, or of an object's subresource (`status`, `scale`)."""
        path = paths.collection(self.group, self.version, self.plural, namespace if self.namespaced else None)
        for part in (name, subresource):
            path += f"/{quote(part, safe='')}" if part else ""
        return path


class Discovery:
    """A cluster's resources, cached for a bounded time; usable from many threads.

    Args:
        cluster: The cluster's name, for errors.
        call: `Client.call`.
        now: A monotonic clock in seconds.
    """

    def __init__(self, cluster: str, call: Call, *, now: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._call = call
        self._now = now
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._served: dict[str, list[Resource]] = {}
        self._unreadable: dict[str, str] = {}

    def find(self, group: str, name: str, *, version: str | None = None) -> Resource:
        """The resource of that kind or plural, at its group's preferred version or the one named.

        Raises:
            NotFound: The cluster does not serve it.
        """
        for fresh in (False, True):
            for resource in self._in_group(group, fresh=fresh):
                if name in (resource.kind, resource.plural) and version in (None, resource.version):
                    return resource
        known = sorted({resource.kind for resource in self._in_group(group)})
        unread = self._unreadable.get(group)
        raise NotFound(
            system=f"Kubernetes {self._cluster}",
            operation="find",
            target=f"{name} in API group {group or 'core'}" + (f" at version {version}" if version else ""),
            words=f"group unreadable: {unread}" if unread else f"served there: {', '.join(known) or 'nothing'}",
            status=404,
            hint="is its CRD installed?",
        )

    def versions(self, group: str, plural: str) -> tuple[str, ...]:
        """The versions at which a resource is served, the preferred one first; empty where it is not."""
        return tuple(resource.version for resource in self._in_group(group) if resource.plural == plural)

    def all(self) -> list[Resource]:
        """Every resource once, at the first of its group's versions that serves it."""
        self._read(fresh=False)
        first: dict[tuple[str, str], Resource] = {}
        for resources in list(self._served.values()):
            for resource in resources:
                first.setdefault((resource.group, resource.plural), resource)
        return list(first.values())

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Groups that the server lists but cannot describe (an aggregated API that is down), and its words."""
        self._read(fresh=False)
        return dict(self._unreadable)

    def server_version(self) -> tuple[int, int]:
        """The server's major and minor version, (1, 36)."""
        answer = self._call("GET", "/version")
        return _digits(answer.get("major")), _digits(answer.get("minor"))

    def _in_group(self, group: str, *, fresh: bool = False) -> list[Resource]:
        self._read(fresh=fresh)
        return self._served.get(group, [])

    def _read(self, *, fresh: bool) -> None:
        with self._lock:
            if self._read_at is not None and not fresh and self._now() - self._read_at < MAX_AGE:
                return
            served: dict[str, list[Resource]] = {}
            unreadable: dict[str, str] = {}
            for root in ("/api", "/apis"):
                answer = self._call("GET", root, headers=_ACCEPT, operation="discover")
                if answer.get("kind") == "APIGroupDiscoveryList":
                    read = _aggregated(answer)
                else:
                    read = self._one_by_one(root, answer, unreadable)
                for resource in read:
                    served.setdefault(resource.group, []).append(resource)
            self._served, self._unreadable, self._read_at = served, unreadable, self._now()

    def _one_by_one(self, root: str, answer: Mapping[str, Any], unreadable: dict[str, str]) -> Iterator[Resource]:
        """A request a version: what servers before 1.26 offer."""
        if root == "/api":
            wanted = [("", version) for version in answer.get("versions") or ()]
        else:
            wanted = [
                (str(group.get("name") or ""), version)
                for group in answer.get("groups") or ()
                for version in _preferred_first(group)
            ]
        for group, version in wanted:
            path = f"{root}/{group}/{version}" if group else f"{root}/{version}"
            try:
                listed = self._call("GET", path, operation="discover")
            except ServerError as error:
                if error.status in (0, 401):  # the whole server, not one group of it
                    raise
                unreadable[group] = error.words
                continue
            yield from _listed(group, version, listed.get("resources") or ())


def _preferred_first(group: Mapping[str, Any]) -> list[str]:
    versions = [str(each.get("version")) for each in group.get("versions") or ()]
    preferred = (group.get("preferredVersion") or {}).get("version")
    return sorted(versions, key=lambda version: version != preferred)


def _listed(group: str, version: str, entries: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    entries = list(entries)
    with_status = {str(entry["name"]).removesuffix("/status") for entry in entries if entry["name"].endswith("/status")}
    for entry in entries:
        plural = str(entry["name"])
        if "/" in plural:
            continue
        yield Resource(
            group=group,
            version=version,
            plural=plural,
            kind=str(entry.get("kind") or ""),
            namespaced=bool(entry.get("namespaced")),
            # Servers before 1.3 say no verbs; everything that they list can be listed and watched.
            verbs=frozenset(entry.get("verbs") or ("get", "list", "watch", "create", "update", "patch", "delete")),
            has_status=plural in with_status,
        )


def _aggregated(answer: Mapping[str, Any]) -> Iterator[Resource]:
    for group in answer.get("items") or ():
        name = str((group.get("metadata") or {}).get("name") or "")
        for version in group.get("versions") or ():
            for entry in version.get("resources") or ():
                yield Resource(
                    group=name,
                    version=str(version["version"]),
                    plural=str(entry["resource"]),
                    kind=str((entry.get("responseKind") or {}).get("kind") or ""),
                    namespaced=entry.get("scope") == "Namespaced",
                    verbs=frozenset(entry.get("verbs") or ()),
                    has_status=any(sub.get("subresource") == "status" for sub in entry.get("subresources") or ()),
                )


def _digits(text: object) -> int:
    """`36+` is 36."""
    found = re.match(r"\d+", str(text))
    if found is None:
        raise PaasError(f"the server's version says {text!r}, which is no number")
    return int(found.group())
