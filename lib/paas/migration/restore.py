"""Putting back what a run overwrote, merged or recreated."""

from __future__ import annotations

import copy
from functools import partial

from paas.errors import Conflict, ServerError
from paas.kube import Client
from paas.migration import names, strangers
from paas.migration.gate import Gate
from paas.migration.journal import Original
from paas.migration.json_types import Json
from paas.migration.marks import MANAGER, Mark
from paas.migration.names import key_of
from paas.migration.readiness import Waiting
from paas.migration.report import Report
from paas.migration.retrying import Retry

_ATTEMPTS = 4
_GIVEN = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")


class Restorer:
    """Puts originals back, each only where what is there is still what the run wrote.

    Args:
        client: The destination.
        run: The run.
        gate: Passed before each write.
        waiting: Reads, and waits for deletions.
        report: Told of each object.
        retry: For calls that meet a busy server.
        dry_run: Only say what would be put back.
    """

    def __init__(
        self,
        client: Client,
        run: str,
        *,
        gate: Gate,
        waiting: Waiting,
        report: Report,
        retry: Retry,
        dry_run: bool,
    ) -> None:
        self._client = client
        self._run = run
        self._gate = gate
        self._waiting = waiting
        self._report = report
        self._retry = retry
        self._dry_run = dry_run

    def restore(self, original: Original) -> None:
        """Put one original back."""
        label, key = _label(original), key_of(original.body)
        for _ in range(_ATTEMPTS):
            live = self._waiting.read(original.path)
            if live is not None and not self._is_ours(live):
                # Never overwritten after all, restored before, or somebody's own by now.
                if _content(live) != _content(original.body):
                    self._report.record("changed", label, key, words="it is no longer what the run wrote; it stays")
                return
            by = strangers.since_written(live) if live is not None else None
            if by:
                self._report.record("changed", label, key, words=f"{by} has changed it since; it stays")
                return
            if self._dry_run:
                self._report.record("restore", label, key)
                return
            try:
                self._gate.pass_through()
                self._put(original, live)
            except Conflict:
                continue
            except ServerError as error:
                words = f"the original could not be put back: {error.status} {error.reason}"
                self._report.record("failed", label, key, words=words)
                return
            self._report.record("restored", label, key)
            return
        self._report.record("failed", label, key, words="it keeps changing; the original could not be put back")

    def _put(self, original: Original, live: Json | None) -> None:
        body = copy.deepcopy(original.body)
        metadata = body["metadata"]
        if live is not None and live["metadata"]["uid"] == metadata["uid"]:
            metadata["resourceVersion"] = live["metadata"]["resourceVersion"]
            self._retry(partial(self._client.replace, original.path, body, field_manager=MANAGER))
            return
        if live is not None:
            there = live["metadata"]
            preconditions = {"uid": there["uid"], "resourceVersion": there["resourceVersion"]}
            self._client.delete(original.path, preconditions=preconditions, propagation="Background")
            self._waiting.gone(original.path, there["uid"])
        for field in _GIVEN:
            metadata.pop(field, None)
        self._client.create(original.path.rpartition("/")[0], body, field_manager=MANAGER)

    def _is_ours(self, live: Json) -> bool:
        mark = Mark.of(live)
        return mark is not None and mark.run == self._run


def _label(original: Original) -> str:
    return names.label(original.path.split("/")[-2], str(original.body.get("apiVersion", "")).rpartition("/")[0])


def _content(obj: Json) -> Json:
    metadata = {k: v for k, v in obj["metadata"].items() if k not in _GIVEN}
    return {**{k: v for k, v in obj.items() if k != "status"}, "metadata": metadata}
