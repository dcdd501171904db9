"""A bench's result as a table: printed, and written into the pages of docs/ between the bench's own markers."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Plot:
    """How large a share of the measurements took at most so long, a line for each peer.

    Attributes:
        name: The file's name in docs/, without its ending.
        lines: Measurements by peer, in milliseconds.
    """

    name: str
    lines: Mapping[str, Sequence[float]]

    def save(self) -> str:
        """Draw it into docs/, and return the file's name."""
        import matplotlib as mpl

        mpl.use("svg")
        mpl.rcParams["svg.hashsalt"] = self.name  # the same measurements give the same file
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(figsize=(7, 3.5))
        for label, measured in self.lines.items():
            ordered = sorted(measured)
            axes.step(ordered, [(index + 1) / len(ordered) for index in range(len(ordered))], label=label)
        axes.set_xscale("log")
        axes.set_xlabel("milliseconds")
        axes.set_ylabel("share of the events")
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
        path = PAGE.with_name(f"{self.name}.svg")
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
        return path.name


@dataclass(frozen=True)
class Table:
    """One table: a title, the columns' names, rows of anything that prints, and what has to be known to read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""
    plot: Plot | None = None

    def markdown(self) -> str:
        """The table as Markdown."""
        lines = [f"### {self.title}", ""]
        lines += [_row(self.columns), _row(["---"] * len(self.columns))]
        lines += [_row([_text(cell) for cell in row]) for row in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else []), ""])

    def with_plot(self) -> str:
        """The table as Markdown, its plot drawn and shown below it."""
        return self.markdown() + (f"\n![{self.title}]({self.plot.save()})\n" if self.plot else "")


def machine() -> str:
    """The machine in one line: what a reader needs to compare."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = re.sub(r"\s+", " ", line.partition(":")[2]).strip()
            break
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    gib = f"{int(memory[1]) / 1024**2:.0f} GiB" if memory else "unknown memory"
    return f"{os.cpu_count()} cores ({model}), {gib}, Python {platform.python_version()}"


def write(name: str, tables: Sequence[Table], *, on: str) -> None:
    """Put a bench's tables into every page with its markers, in place of those of its last run.

    Args:
        name: The bench.
        tables: Its tables.
        on: The day, as in 2026-01-31.
    """
    begin, end = f"<!-- bench: {name} -->", f"<!-- /bench: {name} -->"
    body = "\n".join([f"Measured on {on} on {machine()}.", "", *(table.with_plot() for table in tables)])
    pages = [page for page in sorted(PAGE.parent.glob("*.md")) if begin in page.read_text(encoding="utf-8")]
    if not pages:
        raise SystemExit(f"{PAGE.name} has no place for {name}: add the lines {begin} and {end}")
    for page in pages:
        head, _, rest = page.read_text(encoding="utf-8").partition(begin)
        _, _, tail = rest.partition(end)
        page.write_text(f"{head}{begin}\n{body}\n{end}{tail}", encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return str(cell)
