"""What a migration would do, found out without doing it: by digests, and by the server's own dry runs."""

from __future__ import annotations

from collections.abc import Iterator

from paas.errors import PaasError
from paas.migration.create import Creator
from paas.migration.crew import Crew
from paas.migration.order import Wave
from paas.migration.prepare import Prepared
from paas.migration.survey import Survey
from paas.migration.tools import Tools
from paas.migration.walk import Step


class Plan:
    """One plan; nothing is written, not even the lock.

    Args:
        tools: The two clusters and what was asked for.
        run: The plan's name.
    """

    def __init__(self, tools: Tools, run: str) -> None:
        self._tools = tools
        self._run = run
        self._creator = Creator(tools.destination, gate=None, options=tools.options, retry=tools.retry)

    def run(self) -> bool:
        """Make it.

        Returns:
            Whether the migration would meet neither a conflict nor a refusal.
        """
        survey = self._tools.survey()
        self._tell_permissions(survey)
        crew: Crew[Step] = Crew(self._tools.options.concurrency, self._tools.stop)
        crew.run(self._stream(survey), lambda step: self._work(step, survey))
        outcomes = self._tools.report.outcomes()
        return not (outcomes["conflict"] or outcomes["invalid"] or outcomes["failed"])

    def _tell_permissions(self, survey: Survey) -> None:
        try:
            self._tools.check_permissions(survey)
        except PaasError as error:
            self._tools.report.warn(str(error))

    def _stream(self, survey: Survey) -> Iterator[Step]:
        walk = self._tools.walk(survey, self._tools.workshop(survey, self._run))
        for step in walk.steps(source_name=self._tools.source.cluster):
            if step.known == "identical":
                self._note("identical", step.item)
            else:
                yield step

    def _work(self, step: Step, survey: Survey) -> None:
        item = step.item
        if step.known == "differs":
            live = self._tools.judge.live(item)
            if live is not None:
                self._compare(item, live)
                return
        unchecked = self._unchecked(item, survey)
        if unchecked:
            self._note("unchecked", item, words=unchecked)
            return
        made = self._creator.create(item)
        if made.warning:
            self._tools.report.warn(f"{item.route.label} {item.key}: {made.warning}")
        if made.outcome == "failed":
            self._note("invalid", item, words=made.words)
        else:
            self._note("create", item)

    def _compare(self, item: Prepared, live: dict[str, object]) -> None:
        verdict = self._tools.judge.compare(item, live)
        if verdict.identical:
            self._note("identical", item)
            return
        fields = [each.as_dict() for each in verdict.differences]
        if item.route.rules.mergeable:
            self._note("merge", item, differences=fields)
        elif self._tools.options.on_conflict == "report" or (
            verdict.refused and (self._tools.options.on_conflict == "update" or not item.route.rules.replaceable)
        ):
            self._note("conflict", item, words=verdict.refused or "differs", differences=fields)
        else:
            self._note("recreate" if verdict.refused else "update", item, differences=fields)

    def _unchecked(self, item: Prepared, survey: Survey) -> str:
        """Why the server cannot be asked yet."""
        if not item.route.here:
            return "its CRD is not there yet"
        if item.namespace and item.namespace not in survey.namespaces:
            return "its namespace is not there yet"
        if item.route.wave is Wave.BINDINGS:
            return "its role may not be there yet"
        return ""

    def _note(self, outcome: str, item: Prepared, **details: object) -> None:
        self._tools.report.record(outcome, item.route.label, item.key, **details)
