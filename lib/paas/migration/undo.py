"""Taking back what one run did, and nothing else."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from paas.errors import Conflict, NotFound, ServerError
from paas.kube import Client, Resource
from paas.migration import permissions, strangers
from paas.migration.crew import Crew
from paas.migration.gate import Gate
from paas.migration.journal import Journal
from paas.migration.json_types import Json
from paas.migration.kinds import NEVER, rules_of
from paas.migration.kinds.base import Kind
from paas.migration.lease import Lease, Record
from paas.migration.lookups import Lookups
from paas.migration.marks import Mark, identity
from paas.migration.names import key, label_of
from paas.migration.order import Wave, in_reverse
from paas.migration.others import Others
from paas.migration.readiness import Waiting
from paas.migration.reading import Reader
from paas.migration.report import Report
from paas.migration.restore import Restorer
from paas.migration.retrying import Retry
from paas.migration.words import words_of

_ATTEMPTS = 4
_VERBS = frozenset({"list", "get", "delete"})


@dataclass(frozen=True)
class Target:
    """A resource of the destination, in the order of waves."""

    resource: Resource
    rules: Kind

    @property
    def wave(self) -> Wave:
        """Its place in the order."""
        return self.rules.wave

    @property
    def label(self) -> str:
        """`deployments.apps`."""
        return label_of(self.resource)


@dataclass(frozen=True)
class Marked:
    """One object that carries the run's mark."""

    target: Target
    namespace: str | None
    name: str
    uid: str

    @property
    def path(self) -> str:
        """Its path."""
        return self.target.resource.path(self.namespace, self.name)

    @property
    def key(self) -> str:
        """`shop/web`."""
        return key(self.namespace, self.name)


class Undo:
    """Takes back one run.

    Args:
        client: The destination.
        run: The run.
        last: The last run into this cluster, as the Lease remembers it.
        report: Told of each object.
        stop: Set to end early.
        concurrency: Workers.
        wait_seconds: How long one wait may take.
        lease_seconds: As of the lock.
        dry_run: Only say what would go.
        include_changed: Also delete what somebody has changed since.
    """

    def __init__(
        self,
        client: Client,
        run: str,
        *,
        last: Record | None,
        report: Report,
        stop: threading.Event,
        concurrency: int,
        wait_seconds: float,
        lease_seconds: int,
        dry_run: bool,
        include_changed: bool,
    ) -> None:
        self._client = client
        self._run = run
        self._last = last
        self._report = report
        self._stop = stop
        self._workers = concurrency
        self._dry_run = dry_run
        self._include_changed = include_changed
        self._retry = Retry(stop.wait)
        self._reader = Reader(client, self._retry)
        self._facts = Lookups(client, self._retry)
        self._waiting = Waiting(client, retry=self._retry, stop=stop, seconds=wait_seconds)
        self._journal = Journal(client, run, retry=self._retry)
        held = last or Record(run=run, request="undo", source="", started="", state="undone")
        self._lease = Lease(client, held, retry=self._retry, seconds=lease_seconds, say=report.tell)
        self._targets = in_reverse(
            Target(resource, rules_of(resource.group, resource.kind))
            for resource in client.resources.all()
            if resource.verbs >= _VERBS and (resource.group, resource.kind) not in NEVER
        )
        self._gate = Gate(self._check, self._lease, self._journal)
        self._others = Others(client, self._reader, but=run if dry_run else None)
        self._restorer = Restorer(
            client,
            run,
            gate=self._gate,
            waiting=self._waiting,
            report=report,
            retry=self._retry,
            dry_run=dry_run,
        )

    def run(self) -> bool:
        """Do it.

        Returns:
            Whether nothing of the run is left.
        """
        crew: Crew[Marked] = Crew(self._workers, self._stop)
        clean = False
        try:
            for original in self._journal.originals():
                self._restorer.restore(original)
            crew.run(self._stream(crew), self._take_back)
            outcomes = self._report.outcomes()
            clean = not (outcomes["changed"] or outcomes["failed"] or outcomes["kept"])
            if clean and not self._dry_run and (self._is_last or self._gate.open):
                self._gate.pass_through()
                self._journal.remove()
        finally:
            if self._gate.open:
                if clean and (self._is_last or self._last is None):
                    self._lease.remove()
                else:
                    self._lease.release(self._last.state if self._last else "undone")
        return clean

    @property
    def _is_last(self) -> bool:
        return self._last is not None and self._last.run == self._run

    def _check(self) -> None:
        written = [target.resource for target in self._targets if target.wave is not Wave.CUSTOM]
        permissions.check(
            self._client,
            permissions.undo_needs(written),
            retry=self._retry,
            workers=self._workers,
            manifest=permissions.DESTINATION,
        )

    def _stream(self, crew: Crew[Marked]) -> Iterator[Marked]:
        wave: Wave | None = None
        for target in self._targets:
            if target.wave is not wave:
                crew.drain()
                wave = target.wave
            yield from self._marked(target)

    def _marked(self, target: Target) -> Iterator[Marked]:
        try:
            for page in self._reader.pages(target.resource.path(), metadata_only=True):
                for item in page:
                    metadata = item["metadata"]
                    mark = Mark.of(item)
                    if mark is None or mark.run != self._run or mark.did not in ("create", "recreate"):
                        continue
                    # Controllers copy annotations to what they make: only the object that the mark names is ours.
                    if mark.object == identity(target.label, metadata.get("namespace"), metadata["name"]):
                        yield Marked(target, metadata.get("namespace"), metadata["name"], metadata["uid"])
        except NotFound:
            return  # its CRD has gone meanwhile
        except ServerError as error:
            self._report.warn(f"{target.label} cannot be read, so nothing of it is taken back: {error.words}")

    def _take_back(self, marked: Marked) -> None:
        for _ in range(_ATTEMPTS):
            live = self._waiting.read(marked.path)
            if live is None or live["metadata"]["uid"] != marked.uid:
                return  # gone, or another object under its name: not ours
            mark = Mark.of(live)
            if mark is None or mark.run != self._run:
                return
            if live["metadata"].get("deletionTimestamp"):
                break
            by = strangers.since_created(live, mark, rules=marked.target.rules, facts=self._facts)
            if by and not self._include_changed:
                self._say(
                    "changed", marked, words=f"{by} has changed it since; it stays (include_changed takes it too)"
                )
                return
            others = self._others.within(marked.target.resource, live)
            if others:
                self._say("kept", marked, words=f"it holds what this run did not bring: {', '.join(others)}")
                return
            if self._dry_run:
                self._say("delete", marked)
                return
            try:
                self._delete(marked, live)
            except Conflict:
                continue  # a controller has moved it on; look again
            except ServerError as error:
                self._say("failed", marked, words=words_of(error, marked.target.resource))
                return
            break
        if self._dry_run:
            return
        if marked.target.wave in (Wave.DEFINITIONS, Wave.NAMESPACES, Wave.CUSTOM) and not self._waiting.gone(
            marked.path, marked.uid
        ):
            self._say("failed", marked, words="its deletion does not end; what holds it are its finalizers")
            return
        self._say("deleted", marked)

    def _delete(self, marked: Marked, live: Json) -> None:
        metadata = live["metadata"]
        preconditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        self._gate.pass_through()
        with contextlib.suppress(NotFound):
            self._retry(lambda: self._client.delete(marked.path, preconditions=preconditions, propagation="Background"))

    def _say(self, outcome: str, marked: Marked, **details: object) -> None:
        self._report.record(outcome, marked.target.label, marked.key, **details)
