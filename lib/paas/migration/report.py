"""What a run did, told three times: a bounded result, progress lines, and a full report on disk."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from paas.errors import InvalidInput
from paas.migration.json_types import Json

#: Records of each sort that a result carries; the report has all.
MOST_IN_RESULT = 20
_MOST_WARNINGS = 50
_EVERY = 2.0
#: Outcomes of what was written.
WRITTEN = ("created", "updated", "merged", "recreated", "deleted", "restored", "held", "released", "cleared")
#: Outcomes that are told object by object in the result.
TOLD = ("conflict", "failed", "blocked", "difference", "invalid", "changed")


class Report:
    """Counts, keeps and tells; usable from many threads. It never sees an object's content.

    Args:
        verb: What is going on, for progress lines: `migrate`, `plan`, ...
        run: The run's name, which the files bear too.
        folder: Where the full report goes; a folder of this user's under the system's temporary one by default.
        say: Where progress lines go.
        now: A monotonic clock in seconds.
    """

    def __init__(
        self,
        verb: str,
        run: str,
        *,
        folder: str | None = None,
        say: Callable[[str], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.verb = verb
        self.run = run
        self.total = 0
        self._say = say or _print
        self._now = now
        self._began = now()
        self._told_at = now()
        self._told_done = 0
        self._lock = threading.Lock()
        self._done = 0
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.left: dict[str, Counter[str]] = defaultdict(Counter)
        self.records: dict[str, list[Json]] = defaultdict(list)
        self.warnings: Counter[str] = Counter()
        self.phases: dict[str, float] = {}
        self._folder = _folder(folder)
        self.path = self._folder / f"{run}-{verb}.jsonl"
        self._file: TextIO = _private(self.path)

    def record(self, outcome: str, kind: str, key: str, **details: Any) -> None:
        """One object's outcome.

        Args:
            outcome: `created`, `identical`, `conflict`, `failed`, ...
            kind: `deployments.apps`.
            key: `shop/web`.
            details: What to say of it: words, fields; never a value that may be secret.
        """
        line: Json = {"outcome": outcome, "kind": kind, "object": key, **details}
        text = json.dumps(line)
        with self._lock:
            self.counts[kind][outcome] += 1
            if outcome in TOLD and len(self.records[outcome]) < MOST_IN_RESULT:
                self.records[outcome].append(line)
            self._file.write(text + "\n")
            self._done += 1
            self._progress()

    def leave(self, kind: str, key: str, rule: str) -> None:
        """One object that stays behind."""
        text = json.dumps({"outcome": "left behind", "kind": kind, "object": key, "rule": rule})
        with self._lock:
            self.counts[kind]["left behind"] += 1
            self.left[kind][rule] += 1
            self._file.write(text + "\n")
            self._done += 1
            self._progress()

    def leave_kind(self, kind: str, count: int, rule: str) -> None:
        """So many objects of a kind that stay behind without being read."""
        with self._lock:
            self.counts[kind]["left behind"] += count
            self.left[kind][rule] += count
            self._file.write(json.dumps({"outcome": "left behind", "kind": kind, "count": count, "rule": rule}) + "\n")

    def warn(self, warning: str) -> None:
        """Something to look at; the same words are told once, with their number."""
        with self._lock:
            if warning in self.warnings or len(self.warnings) < _MOST_WARNINGS:
                self.warnings[warning] += 1
            else:
                self.warnings["further warnings; see the report"] += 1
            self._file.write(json.dumps({"warning": warning}) + "\n")

    def tell(self, line: str) -> None:
        """One line of progress."""
        self._say(f"{self.verb} {self.run}: {line}")

    def phase(self, name: str) -> None:
        """A part of the run begins."""
        self.phases[name] = self._now() - self._began

    def outcomes(self) -> Counter[str]:
        """How many objects had which outcome."""
        total: Counter[str] = Counter()
        for each in self.counts.values():
            total.update(each)
        return total

    def result(self, **more: Any) -> Json:
        """The result of an action: plain, and bounded in size."""
        seconds = self._now() - self._began
        outcomes = self.outcomes()
        written = sum(outcomes[name] for name in WRITTEN)
        self._file.flush()
        return {
            "run": self.run,
            **more,
            "outcomes": dict(sorted(outcomes.items())),
            "counts": {kind: dict(sorted(each.items())) for kind, each in sorted(self.counts.items())},
            "left_behind": {kind: dict(sorted(each.items())) for kind, each in sorted(self.left.items())},
            "conflicts": self.records["conflict"],
            "failures": [*self.records["failed"], *self.records["invalid"], *self.records["blocked"]][:MOST_IN_RESULT],
            "differences": self.records["difference"],
            "changed": self.records["changed"],
            "warnings": [text if n == 1 else f"{text} ({n} times)" for text, n in self.warnings.items()],
            "objects": self._done,
            "written": written,
            "seconds": round(seconds, 2),
            "objects_per_second": round(self._done / seconds, 1) if seconds > 0 else 0.0,
            "report": str(self.path),
        }

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _progress(self) -> None:
        now = self._now()
        if now - self._told_at < _EVERY:
            return
        rate = (self._done - self._told_done) / (now - self._told_at)
        self._told_at, self._told_done = now, self._done
        of = f" of about {self.total}" if self.total else ""
        self._say(f"{self.verb} {self.run}: {self._done}{of} objects, {rate:.0f}/s")


def _print(line: str) -> None:
    print(line, flush=True)


def _folder(given: str | None) -> Path:
    if given is not None and not os.path.isabs(given):
        raise InvalidInput("report_folder", given, "an absolute path")
    folder = Path(given) if given else Path(tempfile.gettempdir()) / f"paas-migration-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("report_folder", str(folder), f"a folder that can be written ({error.strerror})") from error
    if not given and folder.stat().st_uid != os.getuid():
        raise InvalidInput("report_folder", str(folder), "a folder of this user; name another one")
    return folder


def _private(path: Path) -> TextIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            "report_folder", str(path.parent), f"a folder that can be written ({error.strerror})"
        ) from error
