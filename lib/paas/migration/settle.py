"""What to do about an object that is there already: nothing, a merge, an update, another life, or a report."""

from __future__ import annotations

import contextlib
import copy
import json
from dataclasses import replace

from paas.errors import Conflict, NotFound, ServerError
from paas.kube import Client
from paas.migration.create import Creator, Made
from paas.migration.gate import Gate
from paas.migration.hold import own_values
from paas.migration.journal import TooLarge
from paas.migration.json_types import Json
from paas.migration.judge import Judge, Verdict
from paas.migration.marks import MANAGER, MIGRATED, Deed, Mark
from paas.migration.merge import merge_missing
from paas.migration.options import Options
from paas.migration.prepare import Prepared
from paas.migration.readiness import Waiting
from paas.migration.report import Report
from paas.migration.retrying import Retry
from paas.migration.words import words_of

_ATTEMPTS = 4


class Settler:
    """Settles objects that meet one of their name; usable from many threads.

    Args:
        client: The destination.
        gate: Passed before each write.
        judge: Compares.
        creator: Creates what was in the way and is gone.
        waiting: Bounded waits.
        options: What was asked for.
        report: Told of each outcome.
        retry: For calls that meet a busy server.
    """

    def __init__(
        self,
        client: Client,
        *,
        gate: Gate,
        judge: Judge,
        creator: Creator,
        waiting: Waiting,
        options: Options,
        report: Report,
        retry: Retry,
    ) -> None:
        self._client = client
        self._gate = gate
        self._judge = judge
        self._creator = creator
        self._waiting = waiting
        self._options = options
        self._report = report
        self._retry = retry

    def settle(self, item: Prepared, *, sent: bool) -> bool:
        """Settle one object.

        Args:
            item: What was to be created.
            sent: Whether it was sent just now and the server said AlreadyExists.

        Returns:
            Whether the object is there now as it was meant.
        """
        for _ in range(_ATTEMPTS):
            live = self._judge.live(item)
            if live is None:
                return self._create(item)
            if live["metadata"].get("deletionTimestamp"):
                if not self._waiting.gone(self._path(item), live["metadata"]["uid"]):
                    return self._fail(item, "one of that name is being deleted there and does not end")
                continue
            mark = Mark.of(live)
            if sent and mark == item.mark:
                self._note("created", item)  # the create went through, and its answer was lost
                return True
            verdict = self._judge.compare(item, live)
            if verdict.identical:
                self._note("identical", item)
                return True
            try:
                return self._resolve(item, live, verdict)
            except Conflict:
                continue  # it has changed since it was read: look again
        return self._fail(item, "it keeps changing on the destination")

    def _resolve(self, item: Prepared, live: Json, verdict: Verdict) -> bool:
        if item.route.rules.mergeable:
            return self._merge(item, live, verdict)
        if self._options.on_conflict == "report":
            return self._conflict(item, verdict, "differs")
        if verdict.refused and self._options.on_conflict == "update":
            return self._conflict(item, verdict, f"cannot be updated in place: {verdict.refused}")
        try:
            self._gate.pass_through()
            self._gate.journal.keep(self._path(item), live)
        except TooLarge as error:
            return self._conflict(item, verdict, str(error))
        if verdict.refused:
            return self._recreate(item, live, verdict)
        return self._update(item, live)

    def _merge(self, item: Prepared, live: Json, verdict: Verdict) -> bool:
        body = copy.deepcopy(live)
        clashes = merge_missing(body, item.own, ours_wins=self._options.on_conflict != "report")
        if clashes:
            return self._conflict(item, verdict, f"cannot be merged, both say something of {', '.join(clashes)}")
        self._gate.pass_through()
        self._gate.journal.keep(self._path(item), live)
        self._put(item, body, did="merge")
        self._note("merged", item)
        return True

    def _update(self, item: Prepared, live: Json) -> bool:
        body = item.own if _is_released(live) else json.loads(item.text)
        try:
            self._put(item, self._judge.in_place_of(item, live, body), did="update")
        except Conflict:
            raise
        except ServerError as error:
            return self._fail(item, words_of(error, item.route.target))
        self._note("updated", item)
        return True

    def _recreate(self, item: Prepared, live: Json, verdict: Verdict) -> bool:
        if not item.route.rules.replaceable:
            return self._conflict(
                item,
                verdict,
                f"cannot be updated in place, and a {item.route.kind} is never deleted: {verdict.refused}",
            )
        metadata = live["metadata"]
        preconditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        self._gate.pass_through()
        with contextlib.suppress(NotFound):
            # Background, or a Job's Pods would outlive it.
            self._retry(
                lambda: self._client.delete(self._path(item), preconditions=preconditions, propagation="Background")
            )
        if not self._waiting.gone(self._path(item), metadata["uid"]):
            return self._fail(item, "it was to be recreated, and its deletion does not end")
        item.mark = replace(item.mark, did="recreate")
        return self._create(item, outcome="recreated")

    def _create(self, item: Prepared, outcome: str = "created") -> bool:
        made: Made = self._creator.create(item)
        if made.outcome == "failed":
            return self._fail(item, made.words)
        if made.outcome == "exists":
            return self._fail(item, "somebody else creates it at the same time")
        self._note(outcome, item)
        return True

    def _put(self, item: Prepared, body: Json, *, did: Deed) -> None:
        mark = replace(item.mark, did=did)
        metadata = body["metadata"]
        metadata["annotations"] = {**(metadata.get("annotations") or {}), MIGRATED: mark.text()}
        self._gate.pass_through()
        self._retry(lambda: self._client.replace(self._path(item), body, field_manager=MANAGER))

    def _conflict(self, item: Prepared, verdict: Verdict, words: str) -> bool:
        self._report.record(
            "conflict",
            item.route.label,
            item.key,
            words=words,
            differences=[each.as_dict() for each in verdict.differences],
        )
        return False

    def _fail(self, item: Prepared, words: str) -> bool:
        self._report.record("failed", item.route.label, item.key, words=words)
        return False

    def _note(self, outcome: str, item: Prepared) -> None:
        self._report.record(outcome, item.route.label, item.key)

    @staticmethod
    def _path(item: Prepared) -> str:
        return item.route.target.path(item.namespace, item.name)


def _is_released(live: Json) -> bool:
    """Whether a migration made it and its own values are back already."""
    return Mark.of(live) is not None and own_values(live) is None
