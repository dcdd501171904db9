"""The six verbs, each from clients and options to a result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from paas.errors import InvalidInput, PaasError
from paas.kube import Client
from paas.migration import lease as leases
from paas.migration.cutover import HELD_BY_DEFAULT, SWITCHES, Cutover, Direction
from paas.migration.html import write_page
from paas.migration.json_types import Json
from paas.migration.migrate import Migration, begin
from paas.migration.options import Options
from paas.migration.plan import Plan
from paas.migration.report import Report
from paas.migration.tools import Tools
from paas.migration.undo import Undo
from paas.migration.verify import Verification

Say = Callable[[str], None]


class Incomplete(PaasError):
    """A run that did not do all that it was asked for; the result says what is left."""

    def __init__(self, message: str, result: Json) -> None:
        super().__init__(message)
        self.result = result

    def as_result(self) -> Json:
        """The whole result, with `error` and `message`."""
        return {**super().as_result(), **self.result}


def plan(
    source: Client,
    destination: Client,
    *,
    dry_run: bool = True,
    report_folder: str | None = None,
    say: Say | None = None,
    **options: Any,
) -> Json:
    """What `migrate` would do; nothing is written.

    Args:
        source: Where the objects are.
        destination: Where they would go.
        dry_run: A plan never writes; False is refused.
        report_folder: Where the full report and the page go.
        say: Where progress lines go; stdout by default.
        options: See `paas.migration.options.Options`.

    Returns:
        The result, with `page`: the plan as one HTML file.

    Raises:
        PaasError: A parameter or a permission is wrong, or a server does not answer.
    """
    _only_reads("a plan", dry_run)
    read = Options.load(options)
    report = Report("plan", leases.new_run(), folder=report_folder, say=say)
    tools = Tools(source, destination, read, report, threading.Event())
    return _finish(report, lambda: Plan(tools, report.run).run(), _names(source, destination), dry_run=True)


def migrate(
    source: Client,
    destination: Client,
    *,
    dry_run: bool = False,
    compare: bool = True,
    report_folder: str | None = None,
    say: Say | None = None,
    **options: Any,
) -> Json:
    """Recreate the selected objects; the same call again goes on where one stopped.

    Args:
        source: Where the objects are; it is only read.
        destination: Where they go.
        dry_run: Make a plan instead.
        compare: Compare both sides at the end, and say what has changed meanwhile.
        report_folder: Where the full report and the page go.
        say: Where progress lines go; stdout by default.
        options: See `paas.migration.options.Options`.

    Raises:
        Incomplete: Some objects could not be created; the result says which.
        PaasError: It could not begin, or had to end early.
    """
    if dry_run:
        return plan(source, destination, report_folder=report_folder, say=say, **options)
    read = Options.load(options)
    stop = threading.Event()
    record = begin(source, destination, read)
    report = Report("migrate", record.run, folder=report_folder, say=say)
    tools = Tools(source, destination, read, report, stop)
    result = _finish(report, lambda: Migration(tools, record).run(), _names(source, destination), raises=False)
    if compare:
        closing = _verify(source, destination, read, Report("verify", record.run, folder=report_folder, say=say))
        result["comparison"] = {
            name: closing[name] for name in ("complete", "outcomes", "differences", "seconds", "report", "page")
        }
    if result["failures"]:
        raise Incomplete(f"run {record.run}: {_left(result)}; see {result['page']}", result)
    return result


def verify(
    source: Client,
    destination: Client,
    *,
    dry_run: bool = True,
    report_folder: str | None = None,
    say: Say | None = None,
    **options: Any,
) -> Json:
    """Compare both sides after the rules of a migration; nothing is written.

    Args:
        source: Where the objects were.
        destination: Where they went.
        dry_run: A comparison never writes; False is refused.
        report_folder: Where the full report and the page go.
        say: Where progress lines go; stdout by default.
        options: Those of the migration.

    Raises:
        Incomplete: There are differences; the result says which.
        PaasError: A parameter or a permission is wrong, or a server does not answer.
    """
    _only_reads("a comparison", dry_run)
    report = Report("verify", leases.new_run(), folder=report_folder, say=say)
    return _verify(source, destination, Options.load(options), report, raises=True)


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
    last = leases.last_run(destination)
    name = run or (last.run if last else None)
    if name is None:
        raise InvalidInput("run", run, f"the name of a run; {destination.cluster} remembers none")
    if source and last and last.run == name and last.source != source:
        raise InvalidInput("source", source, f"{last.source}, where run {name} came from")
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
    names = {"source": source or (last.source if last and last.run == name else ""), "destination": destination.cluster}
    return _finish(report, work.run, names, dry_run=dry_run)


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
    """
    names = {"source": source or "", "destination": destination.cluster}
    return _turn(
        destination, "release", what=what, namespaces=namespaces, source=source, dry_run=dry_run,
        concurrency=concurrency, report_folder=report_folder, say=say, names=names,
    )  # fmt: skip


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
    """
    names = {"source": source.cluster, "destination": destination.cluster if destination else ""}
    return _turn(
        source, "hold", what=what, namespaces=namespaces, arrived=destination, dry_run=dry_run,
        concurrency=concurrency, report_folder=report_folder, say=say, names=names,
    )  # fmt: skip


def _turn(
    client: Client,
    direction: Direction,
    *,
    what: Sequence[str],
    namespaces: Sequence[str],
    dry_run: bool,
    concurrency: int,
    report_folder: str | None,
    say: Say | None,
    names: dict[str, str],
    source: str | None = None,
    arrived: Client | None = None,
) -> Json:
    report = Report(direction, leases.new_run(), folder=report_folder, say=say)
    work = Cutover(
        client,
        report=report,
        stop=threading.Event(),
        direction=direction,
        switches=what,
        namespaces=namespaces,
        source=source,
        arrived=arrived,
        concurrency=concurrency,
        dry_run=dry_run,
    )
    return _finish(report, work.run, names, dry_run=dry_run)


def _verify(source: Client, destination: Client, options: Options, report: Report, *, raises: bool = False) -> Json:
    tools = Tools(source, destination, options, report, threading.Event())
    return _finish(report, Verification(tools, report.run).run, _names(source, destination), raises=raises)


def _only_reads(verb: str, dry_run: bool) -> None:
    if not dry_run:
        raise InvalidInput("dry_run", dry_run, f"true: {verb} never writes; migrate_cluster does")


def _names(source: Client, destination: Client) -> dict[str, str]:
    return {"source": source.cluster, "destination": destination.cluster}


def _finish(
    report: Report, work: Callable[[], bool], names: dict[str, str], *, dry_run: bool = False, raises: bool = True
) -> Json:
    """Run, and tell of it; also of a run that ended early."""
    try:
        complete = work()
        result = report.result(verb=report.verb, **names, dry_run=dry_run, complete=complete)
        page = Path(report.path).with_suffix(".html")
        write_page(result, report.path, page)
        result["page"] = str(page)
        report.tell(f"{'complete' if complete else 'not complete'}: {_left(result) or 'nothing to do'}")
    finally:
        report.close()
    if raises and not complete and not dry_run:
        raise Incomplete(f"{report.verb} {report.run}: {_left(result)}; see {result['page']}", result)
    return result


def _left(result: Json) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in result["outcomes"].items())
