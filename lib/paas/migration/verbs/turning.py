"""The two halves of a cutover: hold and release."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from paas.kube import Client
from paas.migration.cutover import HELD_BY_DEFAULT, SWITCHES, Cutover, Direction
from paas.migration.json_types import Json
from paas.migration.lease import new_run
from paas.migration.report import Report
from paas.migration.verbs.ending import Say, finish


def release(
    destination: Client,
    *,
    what: Sequence[str] = SWITCHES,
    namespaces: Sequence[str] = (),
    source: str | None = None,
    dry_run: bool = False,
    concurrency: int = 8,
    report_folder: str | None = None,
    say: Say | None = None,
) -> Json:
    """Give what waits its own values back.

    Args:
        destination: The cluster in which it waits.
        what: Of `schedules`, `workloads`, `load_balancers`, `volumes`.
        namespaces: Only these.
        source: Only what came from this cluster.
        dry_run: Only say what would change.
        concurrency: Workers.
        report_folder: Where the full report and the page go.
        say: Where progress lines go; stdout by default.

    Raises:
        InvalidInput: `what` names something else.
        Incomplete: Something could not be released; the result says what.
    """
    names = (source or "", destination.cluster)
    asked = {"switches": what, "namespaces": namespaces, "source": source, "concurrency": concurrency}
    return _turn(destination, "release", names, report_folder, say, dry_run=dry_run, **asked)


def hold(
    source: Client,
    *,
    destination: Client | None = None,
    what: Sequence[str] = HELD_BY_DEFAULT,
    namespaces: Sequence[str] = (),
    dry_run: bool = False,
    concurrency: int = 8,
    report_folder: str | None = None,
    say: Say | None = None,
) -> Json:
    """Make a cluster's objects wait: the opposite of `release`, for the source at the cutover.

    Args:
        source: The cluster whose objects shall wait.
        destination: Where given, only what has arrived there.
        what: Of `schedules` (the default), `workloads`, `load_balancers`, `volumes`.
        namespaces: Only these.
        dry_run: Only say what would change.
        concurrency: Workers.
        report_folder: Where the full report and the page go.
        say: Where progress lines go; stdout by default.

    Raises:
        InvalidInput: `what` names something else.
        Incomplete: Something could not be made to wait; the result says what.
    """
    names = (source.cluster, destination.cluster if destination else "")
    asked = {"switches": what, "namespaces": namespaces, "arrived": destination, "concurrency": concurrency}
    return _turn(source, "hold", names, report_folder, say, dry_run=dry_run, **asked)


def _turn(
    client: Client,
    direction: Direction,
    names: tuple[str, str],
    folder: str | None,
    say: Say | None,
    *,
    dry_run: bool,
    **asked: Any,
) -> Json:
    report = Report(direction, new_run(), folder=folder, say=say)
    work = Cutover(client, report=report, stop=threading.Event(), direction=direction, dry_run=dry_run, **asked)
    return finish(report, work.run, source=names[0], destination=names[1], dry_run=dry_run)
