"""The cutover's two halves: what waits gets its own values back, or is made to wait."""

from __future__ import annotations

import copy
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from paas.errors import Conflict, InvalidInput, NotFound, ServerError
from paas.kube import Client, Resource
from paas.migration import permissions
from paas.migration.crew import Crew
from paas.migration.hold import as_patch, hold, own_values
from paas.migration.json_types import Json
from paas.migration.kinds import RULES, rules_of
from paas.migration.kinds.base import Kind
from paas.migration.kinds.namespace import SYSTEM
from paas.migration.marks import HELD, MANAGER, Mark
from paas.migration.names import key_of, label_of
from paas.migration.permissions import Need
from paas.migration.readiness import Waiting
from paas.migration.reading import Reader
from paas.migration.report import Report
from paas.migration.retrying import Retry
from paas.migration.words import words_of

Direction = Literal["release", "hold"]
SWITCHES = ("schedules", "workloads", "load_balancers", "volumes")
#: What a source gives up at the cutover unless told otherwise: two clusters must not run one schedule.
HELD_BY_DEFAULT = ("schedules",)
_ATTEMPTS = 4


@dataclass(frozen=True)
class Held:
    """One object that waits, or is to wait."""

    resource: Resource
    rules: Kind
    live: Json

    @property
    def label(self) -> str:
        """`cronjobs.batch`."""
        return label_of(self.resource)

    @property
    def key(self) -> str:
        """`shop/nightly`."""
        return key_of(self.live)

    @property
    def path(self) -> str:
        """Its path."""
        metadata = self.live["metadata"]
        return self.resource.path(metadata.get("namespace"), metadata["name"])

    @property
    def is_controlled(self) -> bool:
        """Whether a controller made it: it sets its own values right again by itself."""
        return any(owner.get("controller") for owner in self.live["metadata"].get("ownerReferences") or ())


class Cutover:
    """Releases or holds a cluster's objects; twice is once.

    Args:
        client: The cluster.
        report: Told of each object.
        stop: Set to end early.
        direction: `release` or `hold`.
        switches: What it is about: `schedules`, `workloads`, `load_balancers`, `volumes`.
        namespaces: Only these; empty for all but the system's.
        source: With `release`: only what came from this cluster.
        arrived: With `hold`: only what is on this cluster too.
        concurrency: Workers.
        dry_run: Only say what would change.
    """

    def __init__(
        self,
        client: Client,
        *,
        report: Report,
        stop: threading.Event,
        direction: Direction,
        switches: Collection[str],
        namespaces: Collection[str] = (),
        source: str | None = None,
        arrived: Client | None = None,
        concurrency: int = 8,
        dry_run: bool = False,
    ) -> None:
        for switch in switches:
            if switch not in SWITCHES:
                raise InvalidInput("what", switch, f"some of {', '.join(SWITCHES)}")
        self._client = client
        self._report = report
        self._stop = stop
        self._direction = direction
        self._switches = frozenset(switches)
        self._namespaces = tuple(namespaces)
        self._source = source
        self._arrived = arrived
        self._workers = concurrency
        self._dry_run = dry_run
        self._retry = Retry(stop.wait)
        self._reader = Reader(client, self._retry)
        self._waiting = Waiting(client, retry=self._retry, stop=stop, seconds=1)

    def run(self) -> bool:
        """Do it.

        Returns:
            Whether every object that it is about is as it should be.
        """
        resources = list(self._resources())
        if not self._dry_run:
            permissions.check(
                self._client,
                [Need(verb, each.group, each.plural) for each, _ in resources for verb in ("list", "get", "patch")],
                retry=self._retry,
                workers=self._workers,
                manifest="rbac-migration-source-hold.yaml" if self._direction == "hold" else permissions.DESTINATION,
            )
        crew: Crew[Held] = Crew(self._workers, self._stop)
        crew.run(self._stream(resources, crew), self._change)
        return not self._report.outcomes()["failed"]

    def _resources(self) -> Iterator[tuple[Resource, Kind]]:
        for rules in RULES:
            if rules.held_by not in self._switches:
                continue
            for group, kind in rules.kinds:
                try:
                    yield self._client.resources.find(group, kind), rules_of(group, kind)
                except NotFound:
                    continue

    def _stream(self, resources: list[tuple[Resource, Kind]], crew: Crew[Held]) -> Iterator[Held]:
        for resource, rules in resources:
            crew.drain()  # controllers before what they made
            for namespace in self._namespaces if self._namespaces and resource.namespaced else (None,):
                for page in self._reader.pages(resource.path(namespace)):
                    for live in page:
                        found = Held(resource, rules, live)
                        if self._concerns(found):
                            yield found

    def _concerns(self, found: Held) -> bool:
        metadata = found.live["metadata"]
        if metadata.get("namespace") in SYSTEM or metadata.get("deletionTimestamp"):
            return False
        if self._direction == "release":
            mark = Mark.of(found.live)
            from_there = self._source is None or (mark is not None and mark.cluster == self._source)
            return from_there and own_values(found.live) is not None
        return not found.is_controlled and hold(copy.deepcopy(found.live), found.rules)

    def _change(self, found: Held) -> None:
        if self._arrived is not None and not self._has_arrived(found):
            self._report.leave(found.label, found.key, f"not on {self._arrived.cluster} yet")
            return
        live = found.live
        for _ in range(_ATTEMPTS):
            patch = self._patch(live, found)
            if patch is None:
                self._report.record("identical", found.label, found.key)
                return
            patch.setdefault("metadata", {})["resourceVersion"] = live["metadata"]["resourceVersion"]
            if self._dry_run:
                self._report.record(self._direction, found.label, found.key)
                return
            try:
                self._retry(
                    lambda patch=patch: self._client.patch(found.path, patch, field_manager=MANAGER)  # type: ignore[misc]
                )
            except Conflict:
                again = self._waiting.read(found.path)
                if again is None:
                    return
                live = again
                continue
            except NotFound:
                return
            except ServerError as error:
                self._report.record("failed", found.label, found.key, words=words_of(error, found.resource))
                return
            self._report.record(self._done(found), found.label, found.key)
            return
        self._report.record("failed", found.label, found.key, words="it keeps changing")

    def _done(self, found: Held) -> str:
        if self._direction == "hold":
            return "held"
        return "cleared" if found.is_controlled else "released"

    def _patch(self, live: Json, found: Held) -> Json | None:
        if self._direction == "release":
            own = own_values(live)
            if own is None:
                return None
            # A controller copies annotations to what it makes, and a rollback would bring this one back from there.
            patch = {} if found.is_controlled else as_patch(own)
            patch["metadata"] = {"annotations": {HELD: None}}
            return patch
        changed = copy.deepcopy(live)
        if not hold(changed, found.rules):
            return None
        patch = as_patch(found.rules.held_values(live))
        patch["metadata"] = {"annotations": {HELD: changed["metadata"]["annotations"][HELD]}}
        return patch

    def _has_arrived(self, found: Held) -> bool:
        assert self._arrived is not None
        try:
            resource = self._arrived.resources.find(found.resource.group, found.resource.kind)
        except NotFound:
            return False
        there = Waiting(self._arrived, retry=self._retry, stop=self._stop, seconds=1)
        metadata = found.live["metadata"]
        return there.read(resource.path(metadata.get("namespace"), metadata["name"])) is not None
