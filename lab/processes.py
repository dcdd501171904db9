"""The lab's servers as child processes: started, awaited, stopped and killed by pid."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


class ServerFailed(RuntimeError):
    """A server of the lab did not come up; the message carries the end of its log."""


class Server:
    """One child process with a log file of its own.

    Args:
        name: What a person calls it, used in messages and as the log's file name.
        argv: The command, as a list.
        directory: Where its log (`<name>.log`) and files live.
        env: Variables added to this process's environment.
    """

    def __init__(
        self, name: str, argv: Sequence[str], *, directory: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.directory = directory
        self.log = directory / f"{name}.log"
        self.env = dict(env or {})
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The child's pid.

        Raises:
            ServerFailed: It was never started.
        """
        if self.process is None:
            raise ServerFailed(f"{self.name} was never started")
        return self.process.pid

    def start(self, *, ready_line: bool = False) -> None:
        """Start the child; its output goes to the log, all but a ready line on stdout where one is asked for."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if ready_line else log,
                stderr=log,
                env={**os.environ, **self.env},
                start_new_session=True,  # Ctrl-C at the lab's terminal must not reach it before the lab does
            )

    def start_ready_line(self, *, timeout: float = 30.0) -> dict[str, Any]:
        """Start a server that prints one JSON line when it is ready, and return that line.

        Raises:
            ServerFailed: No JSON line came within `timeout` seconds, or the child ended.
        """
        self.start(ready_line=True)
        assert self.process is not None and self.process.stdout is not None
        deadline = time.monotonic() + timeout
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if not selector.select(left):
                    break
                chunk = os.read(self.process.stdout.fileno(), 65536)
                if not chunk:
                    break
                pending += chunk
                line, end, _ = pending.partition(b"\n")
                if end:
                    ready: dict[str, Any] = json.loads(line)
                    return ready
        self.kill()
        raise ServerFailed(f"{self.name} was not ready within {timeout:.0f} s; its log ends: {self.log_tail()}")

    def start_until(self, is_ready: Callable[[], bool], *, timeout: float = 60.0) -> None:
        """Start a server and poll `is_ready` until it is true.

        Raises:
            ServerFailed: It ended, or was not ready within `timeout` seconds.
        """
        self.start()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.running:
                raise ServerFailed(f"{self.name} ended with {self.returncode}; its log ends: {self.log_tail()}")
            if is_ready():
                return
            time.sleep(0.1)
        self.kill()
        raise ServerFailed(f"{self.name} was not ready within {timeout:.0f} s; its log ends: {self.log_tail()}")

    @property
    def running(self) -> bool:
        """Whether the child is there and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def returncode(self) -> int | None:
        """The child's exit status, None while it runs or before it was started."""
        return None if self.process is None else self.process.poll()

    def stop(self, *, grace: float = 5.0) -> None:
        """Ask the child to end (SIGTERM), and kill it after `grace` seconds. Twice is once."""
        if self.process is None:
            return
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._reap()

    def kill(self) -> None:
        """End the child at once (SIGKILL), as a crash would."""
        if self.process is None:
            return
        if self.running:
            self.process.kill()
        self._reap()

    def _reap(self) -> None:
        assert self.process is not None
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def log_tail(self, size: int = 2000) -> str:
        """The last `size` bytes of the log as text."""
        try:
            return self.log.read_bytes()[-size:].decode("utf-8", "replace")
        except OSError:
            return "(no log)"
