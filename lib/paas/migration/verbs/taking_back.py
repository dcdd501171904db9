"""Taking back what a run did."""

from __future__ import annotations

import threading

from paas.errors import InvalidInput
from paas.kube import Client
from paas.migration.json_types import Json
from paas.migration.lease import last_run
from paas.migration.report import Report
from paas.migration.undo import Undo
from paas.migration.verbs.ending import Say, finish


def undo(
    destination: Client,
    *,
    run: str | None = None,
    source: str | None = None,
    dry_run: bool = False,
    include_changed: bool = False,
    concurrency: int = 8,
    wait_seconds: float = 60.0,
    lease_seconds: int = 15,
    report_folder: str | None = None,
    say: Say | None = None,
) -> Json:
    """Take back what one run did.

    Args:
        destination: Where it did it.
        run: The run; the last one by default.
        source: Only if the run came from this cluster.
        dry_run: Only say what would go.
        include_changed: Also delete what somebody has changed since.
        concurrency: Workers.
        wait_seconds: How long one wait may take.
        lease_seconds: How long the lock of a run that died is respected.
        report_folder: Where the full report and the page go.
        say: Where progress lines go; stdout by default.

    Raises:
        InvalidInput: No run is known, or it came from elsewhere.
        Incomplete: Something of it is left; the result says what, and why.
    """
    last = last_run(destination)
    name = run or (last.run if last else None)
    if name is None:
        raise InvalidInput("run", run, f"the name of a run; {destination.cluster} remembers none")
    came_from = last.source if last and last.run == name else ""
    if source and came_from and came_from != source:
        raise InvalidInput("source", source, f"{came_from}, where run {name} came from")
    report = Report("undo", name, folder=report_folder, say=say)
    work = Undo(
        destination,
        name,
        last=last,
        report=report,
        stop=threading.Event(),
        concurrency=concurrency,
        wait_seconds=wait_seconds,
        lease_seconds=lease_seconds,
        dry_run=dry_run,
        include_changed=include_changed,
    )
    return finish(report, work.run, source=source or came_from, destination=destination.cluster, dry_run=dry_run)
