"""Runs one child process to its end: output line by line, a timeout that kills, and what it printed either way."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

TIMED_OUT = -9
_MOST_OUTPUT = 32 * 1024 * 1024


@dataclass(frozen=True)
class Finished:
    """A child that has ended; after a timeout `exit_code` is -9.

    To StackStorm whatever was killed by SIGKILL has timed out, whoever killed it.
    """

    exit_code: int
    stdout: str
    stderr: str
    timed_out: bool


class _Collector(threading.Thread):
    """Reads one pipe to its end, and hands every line on as it comes; past a limit it only reads."""

    def __init__(self, pipe: IO[bytes], on_line: Callable[[str], None] | None) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._on_line = on_line
        self._lines: list[bytes] = []
        self._size = 0
        self.start()

    def run(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._pipe:
                if self._size < _MOST_OUTPUT:
                    self._size += len(line)
                    self._lines.append(line)
                if self._on_line is not None:
                    self._on_line(line.decode("utf-8", "replace"))

    def text(self) -> str:
        return b"".join(self._lines).decode("utf-8", "replace")


def run(
    command: Sequence[str] | str,
    *,
    env: Mapping[str, str],
    timeout: float | None,
    cwd: str | None = None,
    stdin: str | None = None,
    on_stdout: Callable[[str], None] | None = None,
) -> Finished:
    """Run a command (a string goes to the shell) and wait for it.

    Args:
        command: The argv, or a shell command.
        env: The whole environment.
        timeout: Seconds, after which the child's process group is killed.
        cwd: Its working directory.
        stdin: What it reads; nothing where left out.
        on_stdout: Called with each line of stdout, as it comes.
    """
    child = subprocess.Popen(
        command,
        shell=isinstance(command, str),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None and child.stderr is not None
    out, err = _Collector(child.stdout, on_stdout), _Collector(child.stderr, None)
    if stdin is not None and child.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(stdin.encode())
            child.stdin.close()
    timed_out = False
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for collector in (out, err):
        collector.join(2.0)  # a grandchild may hold the pipe open; what it writes later is not this child's
    exit_code = TIMED_OUT if timed_out else child.returncode
    return Finished(exit_code, out.text(), err.text(), exit_code == TIMED_OUT)
