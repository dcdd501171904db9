"""How each verb ends: with a result, a page, and an error where something is left to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from paas.errors import PaasError
from paas.migration.html import write_page
from paas.migration.json_types import Json
from paas.migration.report import Report

Say = Callable[[str], None]


class Incomplete(PaasError):
    """A run that did not do all that it was asked for; the result says what is left."""

    def __init__(self, message: str, result: Json) -> None:
        super().__init__(message)
        self.result = result

    def as_result(self) -> Json:
        """The whole result, with `error` and `message`."""
        return {**super().as_result(), **self.result}


def finish(
    report: Report,
    work: Callable[[], bool],
    *,
    source: str,
    destination: str,
    dry_run: bool = False,
    raises: bool = True,
) -> Json:
    """Run, and tell of it; also of a run that ended early.

    Args:
        report: What the work tells.
        work: Returns whether it did all.
        source: The source's name, "" where none plays a part.
        destination: The destination's.
        dry_run: Nothing was to be written; then nothing is incomplete.
        raises: Whether an incomplete run is an error.

    Raises:
        Incomplete: Something is left.
    """
    try:
        complete = work()
        result = report.result(
            verb=report.verb, source=source, destination=destination, dry_run=dry_run, complete=complete
        )
        page = Path(report.path).with_suffix(".html")
        write_page(result, report.path, page)
        result["page"] = str(page)
        report.tell(f"{'complete' if complete else 'not complete'}: {summary(result) or 'nothing to do'}")
    finally:
        report.close()
    if raises and not complete and not dry_run:
        raise Incomplete(f"{report.verb} {report.run}: {summary(result)}; see {result['page']}", result)
    return result


def summary(result: Json) -> str:
    """`7 created, 2 conflict`."""
    return ", ".join(f"{count} {outcome}" for outcome, count in result["outcomes"].items())
