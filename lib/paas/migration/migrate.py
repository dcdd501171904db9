"""Recreate a selection of one cluster's objects in another."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from paas.kube import Client
from paas.migration import lease as leases
from paas.migration.create import Creator
from paas.migration.crew import Crew
from paas.migration.gate import Gate
from paas.migration.journal import Journal
from paas.migration.json_types import Json
from paas.migration.lease import Lease, Record
from paas.migration.options import Options
from paas.migration.order import Wave
from paas.migration.owners import Links
from paas.migration.prepare import Prepared
from paas.migration.settle import Settler
from paas.migration.survey import Survey
from paas.migration.tools import Tools
from paas.migration.walk import Step


class Migration:
    """One run.

    Args:
        tools: The two clusters and what was asked for.
        record: The run, new or resumed.
    """

    def __init__(self, tools: Tools, record: Record) -> None:
        self._tools = tools
        self._record = record
        self._blocked_namespaces: dict[str, str] = {}
        self._blocked_kinds: dict[tuple[str, str], str] = {}
        self._definitions: list[str] = []

    def run(self) -> bool:
        """Do it.

        Returns:
            Whether everything that was selected is there now.

        Raises:
            PaasError: It could not begin, or had to end early; the same command goes on from there.
        """
        tools = self._tools
        survey = tools.survey()
        tools.report.phase("creating")
        lease = Lease(
            tools.destination,
            self._record,
            retry=tools.retry,
            seconds=tools.options.lease_seconds,
            say=tools.report.tell,
        )
        journal = Journal(tools.destination, self._record.run, retry=tools.retry)
        gate = Gate(lambda: tools.check_permissions(survey), lease, journal)
        crew: Crew[Step] = Crew(tools.options.concurrency, tools.stop)
        creator = Creator(tools.destination, gate=gate, options=tools.options, retry=tools.retry)
        self._creator = creator
        self._settler = Settler(
            tools.destination,
            gate=gate,
            judge=tools.judge,
            creator=creator,
            waiting=tools.waiting,
            options=tools.options,
            report=tools.report,
            retry=tools.retry,
        )
        self._links = Links(tools.destination, gate=gate, waiting=tools.waiting, report=tools.report, retry=tools.retry)
        complete = False
        try:
            crew.run(self._stream(survey, crew), self._work)
            self._await_definitions()
            self._links.tie()
            outcomes = tools.report.outcomes()
            complete = not (outcomes["failed"] or outcomes["blocked"] or outcomes["conflict"])
        finally:
            if gate.open:
                lease.release("finished" if complete else "running")
        return complete

    def _stream(self, survey: Survey, crew: Crew[Step]) -> Iterator[Step]:
        def between(wave: Wave) -> None:
            crew.drain()
            # Only what is defined waits for its definition; everything else is made meanwhile.
            if any(route.wave is wave and not route.here for route in survey.routes):
                self._await_definitions()

        walk = self._tools.walk(survey, self._tools.workshop(survey, self._record.run))
        for step in walk.steps(source_name=self._tools.source.cluster, between=between):
            blocked = self._blocked(step.item)
            if blocked:
                self._tools.report.record("blocked", step.item.route.label, step.item.key, words=blocked)
            elif step.known == "identical":
                self._tools.report.record("identical", step.item.route.label, step.item.key)
                self._there(step.item)
            else:
                yield step

    def _work(self, step: Step) -> None:
        item = step.item
        if item.route.wave >= Wave.API_SERVICES and step.known == "absent":
            missing = self._tools.waiting.services(item.own)
            if missing:
                words = f"{missing}; run the same command again when it is up"
                self._tools.report.record("failed", item.route.label, item.key, words=words)
                return
        if step.known == "absent":
            made = self._creator.create(item)
            if made.warning:
                self._tools.report.warn(f"{item.route.label} {item.key}: {made.warning}")
            if made.outcome == "created":
                self._tools.report.record("created", item.route.label, item.key)
                self._there(item)
                return
            if made.outcome == "failed":
                self._tools.report.record("failed", item.route.label, item.key, words=made.words)
                self._block(item, made.words)
                return
        if self._settler.settle(item, sent=step.known == "absent"):
            self._there(item)
        elif item.route.wave is Wave.NAMESPACES and self._is_ending(item):
            self._block(item, "the namespace is being deleted on the destination and does not end")

    def _there(self, item: Prepared) -> None:
        if item.owners:
            self._links.remember(item)
        if item.route.wave is Wave.DEFINITIONS:
            self._definitions.append(item.name)

    def _block(self, item: Prepared, words: str) -> None:
        """What is in it cannot be created either: said once, not object by object."""
        if item.route.wave is Wave.NAMESPACES:
            self._blocked_namespaces[item.name] = f"namespace {item.name} is not there: {words}"
        if item.route.wave is Wave.DEFINITIONS:
            spec: Json = item.own["spec"]
            self._blocked_kinds[spec["group"], spec["names"]["plural"]] = f"{item.name} is not there: {words}"

    def _blocked(self, item: Prepared) -> str | None:
        if item.namespace in self._blocked_namespaces:
            return self._blocked_namespaces[item.namespace]
        target = item.route.target
        return self._blocked_kinds.get((target.group, target.plural))

    def _is_ending(self, item: Prepared) -> bool:
        live = self._tools.judge.live(item)
        return live is None or bool(live["metadata"].get("deletionTimestamp"))

    def _await_definitions(self) -> None:
        names, self._definitions = self._definitions, []
        for name, words in self._tools.waiting.definitions(names).items():
            plural, _, group = name.partition(".")
            self._blocked_kinds[group, plural] = f"{name} is not served: {words}"
            self._tools.report.record("failed", "customresourcedefinitions.apiextensions.k8s.io", name, words=words)


def begin(source: Client, destination: Client, options: Options) -> Record:
    """The run that a request starts, or the one of the same request that did not end well and is resumed."""
    request = options.digest(source.cluster, destination.cluster)
    known = leases.last_run(destination)
    if known and known.state == "running" and known.request == request:
        return known
    started = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Record(run=leases.new_run(), request=request, source=source.cluster, started=started)
