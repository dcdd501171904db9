"""What the demo prints: chapters, what was seen at each stop, and whether it was what it should be."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_POLL = 0.1


class Report:
    """Prints as it goes, and counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self._begun = time.monotonic()

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._print(f"\n{title}\n{'-' * len(title)}")

    def show(self, stop: str, *lines: str) -> None:
        """Show what was seen at one stop of the way."""
        first, *others = lines or ("",)
        self._print(f"  {stop:<12} {first}")
        for line in others:
            self._print(f"  {'':<12} {line}")

    def check(self, sentence: str, is_so: bool, *, instead: str = "") -> None:
        """Check one sentence, and print it with its outcome.

        Args:
            sentence: What should be so.
            is_so: Whether it is.
            instead: What was found where it is not.
        """
        if is_so:
            self.passed += 1
            self._print(f"  [ok]   {sentence}")
        else:
            self.failed += 1
            self._print(f"  [FAIL] {sentence}" + (f"; found: {instead}" if instead else ""))

    def wait(self, sentence: str, look: Callable[[], T | None], *, within: float = 60.0) -> T | None:
        """Look again and again until there is something to see; check that there was.

        Args:
            sentence: What should happen.
            look: Returns what it sees, None or something empty as long as there is nothing.
            within: Seconds.

        Returns:
            What was seen, None where nothing was.
        """
        begun = time.monotonic()
        seen: T | None = None
        while not seen and time.monotonic() - begun < within:
            seen = look()
            if not seen:
                time.sleep(_POLL)
        took = time.monotonic() - begun
        self.check(f"{sentence} ({took:.1f} s)", bool(seen), instead=f"nothing after {took:.0f} s")
        return seen or None

    def end(self) -> int:
        """Print the closing line; 0 where nothing failed."""
        self._print(f"\nThe demo took {time.monotonic() - self._begun:.0f} s.")
        self._print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0

    @staticmethod
    def _print(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
