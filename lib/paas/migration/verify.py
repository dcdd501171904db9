"""Both sides compared after the same rules: what is missing, what differs, and what is gone from the source since."""

from __future__ import annotations

from collections.abc import Iterator

from paas.migration.crew import Crew
from paas.migration.gone import Gone
from paas.migration.owners import Links
from paas.migration.prepare import Prepared
from paas.migration.tools import Tools
from paas.migration.walk import Step


class Verification:
    """One comparison; nothing is written.

    Args:
        tools: The two clusters and what was asked for.
        run: Its name.
    """

    def __init__(self, tools: Tools, run: str) -> None:
        self._tools = tools
        self._run = run
        self._links = Links(tools.destination, gate=None, waiting=tools.waiting, report=tools.report, retry=tools.retry)

    def run(self) -> bool:
        """Compare.

        Returns:
            Whether there is no difference.
        """
        survey = self._tools.survey()
        workshop = self._tools.workshop(survey, self._run)
        walk = self._tools.walk(survey, workshop)
        gone = Gone(self._tools, survey.selection, workshop)
        crew: Crew[Step] = Crew(self._tools.options.concurrency, self._tools.stop)

        def stream() -> Iterator[Step]:
            for step in walk.steps(source_name=self._tools.source.cluster, after=gone.tell):
                if step.known == "identical" and not step.item.owners:
                    self._note("identical", step.item)
                else:
                    yield step

        crew.run(stream(), self._work)
        outcomes = self._tools.report.outcomes()
        return not (outcomes["difference"] or outcomes["failed"])

    def _work(self, step: Step) -> None:
        item = step.item
        live = None if step.known == "absent" else self._tools.judge.live(item)
        if live is None or live["metadata"].get("deletionTimestamp"):
            words = "is not on the destination" if live is None else "is being deleted on the destination"
            self._note("difference", item, words=words)
            return
        missing = self._links.missing(item, live) if item.owners else []
        verdict = self._tools.judge.compare(item, live)
        fields = [each.as_dict() for each in verdict.differences]
        fields += [{"field": "metadata.ownerReferences", "source": owner, "destination": "absent"} for owner in missing]
        if fields or not verdict.identical:
            self._note("difference", item, words=verdict.refused or "differs", differences=fields)
        else:
            self._note("identical", item)

    def _note(self, outcome: str, item: Prepared, **details: object) -> None:
        self._tools.report.record(outcome, item.route.label, item.key, **details)
