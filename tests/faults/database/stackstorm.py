"""A StackStorm of the lab in a process of its own, beside servers that live on: it and all it starts can be killed."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import requests
import yaml

from lab.processes import Server

ROOT = Path(__file__).resolve().parents[3]
MARK = "PAAS_TEST_FAMILY"


class StackStormProcess:
    """The process, and every process that it started; `directory` keeps its state from one life to the next."""

    def __init__(self, directory: Path, config: dict, *, workers: int = 3) -> None:
        self._directory = directory
        self._mark = uuid.uuid4().hex
        directory.mkdir(parents=True, exist_ok=True)
        config_file = directory / "config.yaml"
        config_file.write_text(yaml.safe_dump(config))
        self._argv = [sys.executable, "-m", __name__, str(directory / "state"), str(config_file), str(workers)]
        self._server: Server | None = None
        self._door: dict[str, str] = {}

    def start(self) -> None:
        env = {"PYTHONPATH": f"{ROOT}:{ROOT / 'lib'}", MARK: self._mark}
        self._server = Server("stackstorm", self._argv, directory=self._directory, env=env)
        self._door = self._server.start_ready_line(timeout=60)

    def family(self) -> Iterator[tuple[int, str]]:
        """The pid and the command of every process that it started, itself left out."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if f"{MARK}={self._mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if self._server is None or int(pid) != self._server.process.pid:
                        yield int(pid), command

    def kill_one(self, what: str, choose) -> bool:
        """Kill one process whose command holds `what`, as chosen; False where there is none."""
        found = sorted(pid for pid, command in self.family() if what in command)
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(choose(found), signal.SIGKILL)
        return bool(found)

    def kill(self) -> None:
        """Kill it, and what it leaves behind, as the machine's service manager would."""
        if self._server is not None:
            self._server.kill()
        for pid, _ in list(self.family()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def run(self, action: str, **parameters) -> dict:
        """Run an action to its end, and return its execution."""
        headers = {"X-Auth-Token": self._door["token"]}
        body = {"action": f"kubernetes.{action}", "parameters": parameters}
        execution = requests.post(f"{self._door['url']}/executions", json=body, headers=headers, timeout=60).json()
        while execution["status"] in ("requested", "scheduled", "running", "delayed"):
            path = f"{self._door['url']}/executions/{execution['id']}"
            execution = requests.get(path, params={"wait": 30}, headers=headers, timeout=60).json()
        return execution


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("config", type=Path)
    parser.add_argument("workers", type=int)
    arguments = parser.parse_args()
    from lab.stackstorm.service import StackStorm

    service = StackStorm([ROOT], directory=arguments.state, workers=arguments.workers, poll_interval=1)
    service.config_file("kubernetes").parent.mkdir(parents=True, exist_ok=True)
    service.config_file("kubernetes").write_text(arguments.config.read_text())
    service.start()
    print(json.dumps({"url": service.api.url, "token": service.token}), flush=True)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    service.stop()


if __name__ == "__main__":
    main()
