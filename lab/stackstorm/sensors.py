"""The sensor container: a process for each sensor, started again twice when it dies, then left dead."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.stackstorm.errors import NotFound
from lab.stackstorm.resources import Sensor
from lab.stackstorm.runner_python import WRAPPERS

_LOG = logging.getLogger(__name__)
MOST_RESPAWNS = 2
RESPAWN_DELAY = 2.5  # seconds, times how often it was started again
PROVEN_AFTER = 10.0  # a sensor that lived so long may die again as if for the first time
_GRACE = 5.0
_CHECKOUT = Path(__file__).resolve().parents[2]
_POLL = 0.5


@dataclass
class _Running:
    """What is known of one sensor's process."""

    sensor: Sensor
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    respawns: int = 0
    again_at: float | None = None
    exit_code: int | None = None
    given_up: bool = False


class SensorContainer:
    """Starts, watches and stops the processes of sensors.

    Args:
        sensors: Every sensor; one that is not enabled is not started.
        directory: Where their logs go.
        api_url: Where the lab's API listens.
        token: Makes a token for one process.
        extra_env: What their environment has besides the lab's own.
        poll_interval: Seconds between two polls of every polling sensor, in place of what its metadata says.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        sensors: Sequence[Sensor],
        *,
        directory: Path,
        api_url: Callable[[], str],
        token: Callable[[], str],
        extra_env: Mapping[str, str] | None = None,
        poll_interval: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._running = {sensor.ref: _Running(sensor) for sensor in sensors if sensor.enabled}
        self._directory = directory
        self._api_url = api_url
        self._token = token
        self._extra_env = dict(extra_env or {})
        self._poll_interval = poll_interval
        self._clock = clock
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sensors", daemon=True)
        self.on_exit: Callable[[Sensor, int], None] = lambda *_: None
        self.on_spawn: Callable[[Sensor, int], None] = lambda *_: None

    def start(self) -> None:
        """Start every sensor, and watch them."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._lock:
            for running in self._running.values():
                self._spawn(running)
        self._thread.start()

    def _spawn(self, running: _Running) -> None:
        sensor = running.sensor
        command = [
            sys.executable,
            str(WRAPPERS / "sensor_wrapper.py"),
            f"--pack={sensor.pack}",
            f"--file-path={sensor.file}",
            f"--class-name={sensor.class_name}",
            f"--trigger-type-refs={','.join(kind.ref for kind in sensor.trigger_types)}",
        ]
        if sensor.poll_interval:
            command.append(f"--poll-interval={self._poll_interval or sensor.poll_interval:g}")
        env = {**os.environ, **self._extra_env, "ST2_ACTION_API_URL": self._api_url()}
        env["ST2_ACTION_AUTH_TOKEN"] = self._token()
        env["PYTHONPATH"] = _without_this_checkout(env.get("PYTHONPATH", ""))
        with self.log_of(sensor).open("ab") as log:
            running.process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        running.started = self._clock()
        running.again_at = None
        running.exit_code = None
        self.on_spawn(sensor, running.process.pid)

    def log_of(self, sensor: Sensor) -> Path:
        """The file that a sensor's output goes to."""
        return self._directory / f"{sensor.ref}.log"

    def _watch(self) -> None:
        while not self._stopping.wait(_POLL):
            with self._lock:
                for running in self._running.values():
                    try:
                        self._look_after(running)
                    except OSError:
                        _LOG.exception("sensor %s could not be started", running.sensor.ref)

    def _look_after(self, running: _Running) -> None:
        if running.process is None:
            if running.again_at is not None and self._clock() >= running.again_at:
                self._spawn(running)
            return
        code = running.process.poll()
        if code is None:
            if running.respawns and self._clock() - running.started >= PROVEN_AFTER:
                running.respawns = 0
            return
        running.process, running.exit_code = None, code
        self.on_exit(running.sensor, code)
        if code == 0 or running.respawns >= MOST_RESPAWNS:
            running.given_up = True
            _LOG.error("sensor %s ended with %s and is not started again", running.sensor.ref, code)
            return
        running.respawns += 1
        running.again_at = self._clock() + RESPAWN_DELAY * running.respawns
        _LOG.warning("sensor %s ended with %s; it is started again", running.sensor.ref, code)

    def _find(self, ref: str) -> _Running:
        for running in self._running.values():
            if ref in (running.sensor.ref, running.sensor.class_name):
                return running
        raise NotFound(f"there is no sensor {ref!r}; there are {', '.join(self._running)}")

    def restart(self, ref: str) -> None:
        """Stop one sensor's process, and start a new one at once; it counts as new.

        Raises:
            NotFound: There is no such sensor.
        """
        with self._lock:
            running = self._find(ref)
            self._end([running])
            running.respawns, running.given_up = 0, False
            self._spawn(running)

    def kill(self, ref: str) -> int:
        """Kill one sensor's process, as a crash would, and return its pid; the container then does what it always does.

        Raises:
            NotFound: There is no such sensor, or it does not run.
        """
        with self._lock:
            process = self._find(ref).process
            if process is None:
                raise NotFound(f"sensor {ref} does not run")
            process.kill()
            return process.pid

    def stop_one(self, ref: str) -> None:
        """Stop one sensor's process, and leave it stopped until `restart`.

        Raises:
            NotFound: There is no such sensor.
        """
        with self._lock:
            running = self._find(ref)
            self._end([running])
            running.again_at, running.given_up = None, True

    def status(self) -> list[dict[str, Any]]:
        """Each sensor, its process, and what became of it."""
        with self._lock:
            return [
                {
                    "ref": ref,
                    "pack": running.sensor.pack,
                    "class_name": running.sensor.class_name,
                    "poll_interval": running.sensor.poll_interval,
                    "trigger_types": [kind.ref for kind in running.sensor.trigger_types],
                    "pid": None if running.process is None else running.process.pid,
                    "running": running.process is not None and running.process.poll() is None,
                    "respawns": running.respawns,
                    "given_up": running.given_up,
                    "exit_code": running.exit_code,
                    "log": str(self.log_of(running.sensor)),
                }
                for ref, running in self._running.items()
            ]

    def stop(self) -> None:
        """End every sensor: SIGTERM, and after five seconds SIGKILL. Twice is once."""
        self._stopping.set()
        with self._lock:
            self._end(list(self._running.values()))

    def _end(self, these: Sequence[_Running]) -> None:
        alive = [running for running in these if running.process is not None]
        for running in alive:
            assert running.process is not None
            with contextlib.suppress(ProcessLookupError):
                running.process.terminate()
        deadline = time.monotonic() + _GRACE
        for running in alive:
            assert running.process is not None
            try:
                running.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.process.kill()
                running.process.wait()
            running.exit_code = running.process.returncode
            running.process = None


def _without_this_checkout(python_path: str) -> str:
    """The lab's own path must not help a sensor to an import; that of a StackStorm beside it stays."""
    entries = [entry for entry in python_path.split(os.pathsep) if entry]
    return os.pathsep.join(entry for entry in entries if not Path(entry).resolve().is_relative_to(_CHECKOUT))
