"""Ends what a lab that was killed left behind: its servers, each known by its pid and the moment of its start."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from lab import state
from lab.processes import Server

_FILE = "servers.json"


def record(directory: Path, servers: Sequence[Server]) -> None:
    """Write down which processes are this lab's."""
    known = {str(server.pid): _started(server.pid) for server in servers if server.running}
    state.write(directory / _FILE, json.dumps(known))


def forget(directory: Path) -> None:
    """The lab has ended its servers itself."""
    with contextlib.suppress(FileNotFoundError):
        (directory / _FILE).unlink()


def end(directory: Path) -> list[int]:
    """Kill the servers of a lab that is no more, and return their pids.

    A pid that another process has by now is left alone: it did not start at the same moment.
    """
    try:
        known = json.loads((directory / _FILE).read_text())
    except (FileNotFoundError, ValueError):
        return []
    ended = []
    for pid, started in known.items():
        if started is not None and _started(int(pid)) == started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(pid), signal.SIGKILL)
                ended.append(int(pid))
    forget(directory)
    return ended


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; None where it is gone, or where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()[19]
