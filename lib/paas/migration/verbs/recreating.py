"""From one cluster to another: plan, migrate, verify."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from paas.errors import InvalidInput
from paas.kube import Client
from paas.migration.json_types import Json
from paas.migration.lease import new_run
from paas.migration.migrate import Migration, begin
from paas.migration.options import Options
from paas.migration.plan import Plan
from paas.migration.report import Report
from paas.migration.tools import Tools
from paas.migration.verbs.ending import Incomplete, Say, finish, summary
from paas.migration.verify import Verification

_CLOSING = ("complete", "outcomes", "differences", "seconds", "report", "page")


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
    tools = _tools(source, destination, Options.load(options), "plan", new_run(), report_folder, say)
    return _finish(tools, Plan(tools, tools.report.run).run, dry_run=True)


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
    record = begin(source, destination, read)
    tools = _tools(source, destination, read, "migrate", record.run, report_folder, say)
    result = _finish(tools, Migration(tools, record).run, raises=False)
    if compare:
        closing = _tools(source, destination, read, "verify", record.run, report_folder, say)
        compared = _finish(closing, Verification(closing, record.run).run, raises=False)
        result["comparison"] = {name: compared[name] for name in _CLOSING}
    if result["failures"]:
        raise Incomplete(f"run {record.run}: {summary(result)}; see {result['page']}", result)
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
    tools = _tools(source, destination, Options.load(options), "verify", new_run(), report_folder, say)
    return _finish(tools, Verification(tools, tools.report.run).run)


def _only_reads(verb: str, dry_run: bool) -> None:
    if not dry_run:
        raise InvalidInput("dry_run", dry_run, f"true: {verb} never writes; migrate_cluster does")


def _tools(
    source: Client, destination: Client, options: Options, verb: str, run: str, folder: str | None, say: Say | None
) -> Tools:
    report = Report(verb, run, folder=folder, say=say)
    return Tools(source, destination, options, report, threading.Event())


def _finish(tools: Tools, work: Callable[[], bool], **more: bool) -> Json:
    return finish(tools.report, work, source=tools.source.cluster, destination=tools.destination.cluster, **more)
