"""The second pass: owners that are not controllers get their dependents back, under their new uids.

An object with a stale uid among its owners is garbage to the destination's collector, so it is created without any.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial

from paas.errors import Conflict, NotFound, ServerError
from paas.kube import Client, Resource
from paas.migration.convert import MOVED
from paas.migration.facts import Remembered
from paas.migration.gate import Gate
from paas.migration.json_types import Json
from paas.migration.marks import MANAGER
from paas.migration.prepare import Prepared
from paas.migration.readiness import Waiting
from paas.migration.report import Report
from paas.migration.retrying import Retry

_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A dependent, and who owned it in the source."""

    resource: Resource
    namespace: str | None
    name: str
    label: str
    owners: tuple[Json, ...]


class Links:
    """Remembers dependents while objects are created, and links them afterwards.

    Args:
        client: The destination.
        gate: Passed before each write.
        waiting: Reads single objects.
        report: Told of owners that are not there.
        retry: For calls that meet a busy server.
    """

    def __init__(self, client: Client, *, gate: Gate | None, waiting: Waiting, report: Report, retry: Retry) -> None:
        self._client = client
        self._gate = gate
        self._waiting = waiting
        self._report = report
        self._retry = retry
        self._links: list[Link] = []
        self._owners = Remembered()
        self._lock = threading.Lock()

    def remember(self, item: Prepared) -> None:
        """Call for each object that is there now and had owners."""
        with self._lock:
            self._links.append(Link(item.route.target, item.namespace, item.name, item.route.label, tuple(item.owners)))

    def tie(self) -> None:
        """Link what was remembered; what is linked already is left alone."""
        while self._links:
            self._tie(self._links.pop())

    def missing(self, item: Prepared, live: Json) -> list[str]:
        """Owners that an object had in the source, that are on the destination, and that it lacks there."""
        wanted = self._wanted(Link(item.route.target, item.namespace, item.name, item.route.label, tuple(item.owners)))
        there = {reference.get("uid") for reference in live["metadata"].get("ownerReferences") or ()}
        return [f"{each['kind']}/{each['name']}" for each in wanted if each["uid"] not in there]

    def _tie(self, link: Link) -> None:
        wanted = self._wanted(link)
        path = link.resource.path(link.namespace, link.name)
        for _ in range(_ATTEMPTS):
            live = self._waiting.read(path)
            if live is None:
                return
            there = live["metadata"].get("ownerReferences") or []
            uids = {reference.get("uid") for reference in there}
            missing = [reference for reference in wanted if reference["uid"] not in uids]
            if not missing:
                return
            patch = {
                "metadata": {
                    "resourceVersion": live["metadata"]["resourceVersion"],
                    "ownerReferences": [*there, *missing],
                }
            }
            try:
                if self._gate:
                    self._gate.pass_through()
                self._retry(partial(self._client.patch, path, patch, field_manager=MANAGER))
            except Conflict:
                continue
            except ServerError as error:
                self._report.warn(
                    f"{link.label} {link.name}: its owners could not be set: {error.status} {error.words}"
                )
            return

    def _wanted(self, link: Link) -> list[Json]:
        wanted = []
        for owner in link.owners:
            uid = self._uid(owner, link.namespace)
            if uid is None:
                self._report.warn(
                    f"{link.label}: owner {owner['kind']} is not on the destination; the object stands alone there"
                )
            else:
                wanted.append({**owner, "apiVersion": self._home(owner), "uid": uid})
        return wanted

    def _home(self, owner: Json) -> str:
        resource = self._resource(owner)
        return resource.api_version if resource else str(owner["apiVersion"])

    def _uid(self, owner: Json, namespace: str | None) -> str | None:
        resource = self._resource(owner)
        if resource is None:
            return None
        path = resource.path(namespace, owner["name"])

        def ask() -> str | None:
            found = self._waiting.read(path)
            return found["metadata"]["uid"] if found else None

        return self._owners.get(path, ask)

    def _resource(self, owner: Json) -> Resource | None:
        group, _, version = owner["apiVersion"].rpartition("/")
        group, kind = MOVED.get((group, owner["kind"]), (group, owner["kind"]))

        def ask() -> Resource | None:
            versions = self._client.resources
            for wanted in (version, None):
                try:
                    return versions.find(group, kind, version=wanted)
                except NotFound:
                    continue
            return None

        return self._owners.get((group, version, kind), ask)
