"""Columns for people, in the texts of results."""

from __future__ import annotations

from collections.abc import Sequence

# A table longer than this helps nobody, and an execution's result is stored whole.
ROWS_AT_MOST = 200


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A header and a line a row, the longest cell of a column deciding its width; what is too much is counted."""
    shown = [tuple(columns), *(tuple(row) for row in rows[:ROWS_AT_MOST])]
    widths = [max(len(row[column]) for row in shown) for column in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    left_out = len(rows) - ROWS_AT_MOST
    return "\n".join([*lines, *([f"... and {left_out} more"] if left_out > 0 else [])])
