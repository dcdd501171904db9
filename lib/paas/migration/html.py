"""A plan, or a run's report, as one page to be read anywhere and sent on: names and words, no object's content."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from paas.migration.json_types import Json

#: Lines of one sort that the page shows, and of one that went as it should; the records beside it have all.
MOST_LINES, MOST_PLAIN_LINES = 2_000, 200
_PLAIN = ("create", "created", "delete", "deleted", "restored", "unchecked")
_TEMPLATE = Path(__file__).with_name("report.html.j2")
#: What an operator looks at first: what somebody has to decide.
_TROUBLE = (
    ("conflict", "Conflicts", "On the destination already, and different. Nothing was overwritten."),
    ("difference", "Differences", "The two sides do not say the same."),
    ("failed", "Failures", "The destination did not take them."),
    ("invalid", "Would be refused", "The destination's own dry run refused them."),
    ("blocked", "Blocked", "What they are in, or made of, is not there."),
    ("changed", "Changed since", "Somebody has changed them since the run; they stay as they are."),
    ("kept", "Kept", "They hold what this run did not bring."),
)
_PLAINLY = (
    ("update", "Would be updated", "The originals are journaled first."),
    ("recreate", "Would be deleted and recreated", "The originals are journaled first."),
    ("merge", "Would be merged", "What is missing is added."),
    ("unchecked", "Unchecked", "The destination cannot be asked yet."),
    ("create", "Would be created", "The destination's dry run took them."),
    ("created", "Created", ""),
    ("updated", "Updated", "The originals are in the journal."),
    ("merged", "Merged", "The originals are in the journal."),
    ("recreated", "Deleted and recreated", "The originals are in the journal."),
    ("deleted", "Deleted", ""),
    ("restored", "Restored", ""),
    ("delete", "Would be deleted", "This run made them, and nobody has changed them since."),
    ("restore", "Would be restored", "From the journal."),
    ("hold", "Would wait", ""),
    ("held", "Wait", ""),
    ("release", "Would get their own values back", ""),
    ("released", "Have their own values back", ""),
    ("cleared", "Copies cleared", "A controller had copied the annotation to what it made."),
)
#: How each verb's doing is taken back: a command, and what it does.
_BACK = {
    "migrate": (
        "migrate_undo destination={destination} run={run}",
        "It takes back what this run made and nobody has changed since, and brings back what it overwrote; "
        "with dry_run=true it only says what would go. The source was only read.",
    ),
    "undo": (
        "migrate_cluster source={source} destination={destination}",
        "An undo is not taken back: the migration, with the parameters that it had, makes everything anew.",
    ),
    "release": ("migrate_hold source={destination}", "It makes the same objects wait again; name them with `what`."),
    "hold": ("migrate_release destination={source}", "It gives them their own values back."),
}


def write_page(result: Json, records: Path, page: Path) -> None:
    """Write the page.

    Args:
        result: The action's result.
        records: The full report, one JSON object a line.
        page: Where the page goes; readable by this user alone.
    """
    import jinja2

    shown, left_out, left = _read(records)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    text = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        result=result,
        trouble=[(name, title, words, shown[name], left_out[name]) for name, title, words in _TROUBLE if shown[name]],
        plainly=[(name, title, words, shown[name], left_out[name]) for name, title, words in _PLAINLY if shown[name]],
        bad={name for name, _, _ in _TROUBLE},
        back=_back(result),
        left=sorted(left.items()),
        outcomes=sorted({name for counts in result["counts"].values() for name in counts}),
    )
    with os.fdopen(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _back(result: Json) -> tuple[str, str] | None:
    """The command that takes it back and what it does; None where nothing was written."""
    if result["dry_run"] or result["verb"] not in _BACK:
        return None
    command, words = _BACK[result["verb"]]
    named = {**result, "source": result["source"] or "..."}
    return f"st2 run kubernetes.{command.format(**named)}", words


def _read(records: Path) -> tuple[dict[str, list[Json]], dict[str, int], dict[tuple[str, str], int]]:
    shown: dict[str, list[Json]] = defaultdict(list)
    left_out: dict[str, int] = defaultdict(int)
    left: dict[tuple[str, str], int] = defaultdict(int)
    with records.open(encoding="utf-8") as file:
        for line in file:
            record: dict[str, Any] = json.loads(line)
            outcome = record.get("outcome")
            if outcome == "left behind":
                left[record["kind"], record["rule"]] += record.get("count", 1)
            elif outcome and len(shown[outcome]) < (MOST_PLAIN_LINES if outcome in _PLAIN else MOST_LINES):
                shown[outcome].append(record)
            elif outcome:
                left_out[outcome] += 1
    return shown, left_out, left
