"""What anybody on the machine could read of the processes that a test starts: argv and environment, while they run."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

PERIOD = 0.01


class Watched:
    """Samples every process below this one, again and again, until the block ends.

    Attributes:
        seen: Everything that was read, each piece once.
    """

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def programs(self, part: str) -> int:
        """How many different argvs hold `part`."""
        return sum(part.encode() in each for each in self.seen)

    def holding(self, values: set[str]) -> list[bytes]:
        """What holds one of these values."""
        return [each for each in self.seen if any(value.encode() in each for value in values)]

    def _sample(self) -> None:
        while not self._ended.wait(PERIOD):
            for process in descendants(os.getpid()):
                for file in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):  # it has just ended
                        self.seen.add(Path(f"/proc/{process}/{file}").read_bytes())


def descendants(process: int) -> list[int]:
    """The processes that this one started, and what they started."""
    found, waiting = [], [process]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                children = [int(each) for each in task.read_text().split()]
                found += children
                waiting += children
    return found


def files_holding(directory: Path, values: set[str]) -> list[Path]:
    """Every file below a folder in which one of these values stands."""
    every = [path for path in directory.rglob("*") if path.is_file()]
    return [path for path in every if any(value.encode() in path.read_bytes() for value in values)]
