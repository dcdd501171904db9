"""The memory of a process that is measured."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mb() -> float:
    """The most memory that this program has held.

    Not `ru_maxrss`: that begins with what the process had before it became this program, the one that started it.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
