"""One run of the main job on a whole lab, watched from outside, for every test of this folder to look at."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.demo import databases
from lab.demo.stage import Stage, raised
from paas.kube.watching import saver

RDS_DELAY = 1.0
WITHIN = 120.0


@dataclass
class Run:
    """What was seen of one run."""

    stage: Stage
    statuses: dict[str, dict] = field(default_factory=dict)
    before_the_kill: int = 0
    processes: set[bytes] = field(default_factory=set)

    @property
    def passwords(self) -> list[bytes]:
        paths = [status["vaultPath"] for status in self.statuses.values()]
        return [self.stage.vault_secret("paasA", path)["rds_password"].encode() for path in paths]


class Sampler(threading.Thread):
    """Reads argv and environment of every process of the machine, again and again, as `ps` would see them."""

    def __init__(self, into: set[bytes]) -> None:
        super().__init__(daemon=True)
        self._into = into
        self._ended = threading.Event()

    def run(self) -> None:
        seen: set[tuple[str, int]] = set()
        while not self._ended.wait(0.02):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    which = (pid, os.stat(f"/proc/{pid}").st_ino)  # a pid may be given again
                    if which in seen:
                        continue
                    argv = Path(f"/proc/{pid}/cmdline").read_bytes()
                    environ = Path(f"/proc/{pid}/environ").read_bytes()
                except OSError:
                    continue
                if b"wrapper" in argv:  # until its exec, a child still shows its parent's argv
                    seen.add(which)
                self._into.update((argv, environ))

    def end(self) -> None:
        self._ended.set()
        self.join()


def available(stage: Stage, name: str) -> dict:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        status = stage.read("paasA", "Database", "shop", name).get("status") or {}
        if status.get("phase") == "Available":
            return status
        time.sleep(0.2)
    raise AssertionError(f"{name} is {status} after {WITHIN:.0f} s")


@pytest.fixture(scope="module", params=["embedded", pytest.param("real", marks=pytest.mark.real)])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A Database is created; the sensor is killed, and another is created before it is back."""
    with raised(tmp_path_factory.mktemp("lab"), real=request.param == "real", rds_delay=RDS_DELAY) as stage:
        seen = Run(stage)
        sampler = Sampler(seen.processes)
        sampler.start()
        stage.apply("paasA", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        stage.apply("paasA", databases.database("orders"))
        seen.statuses["orders"] = available(stage, "orders")
        for action in ("kubernetes.db_create_chain", "kubernetes.db_publish_chain"):
            stage.ended(action)
        time.sleep(saver.EVERY + 2)  # what was delivered since the last save would be delivered again, with its ids
        seen.before_the_kill = len(stage.occurrences(databases.EVENT))
        stage.sensor("kill", databases.SENSOR)
        stage.apply("paasA", databases.database("carts"))
        seen.statuses["carts"] = available(stage, "carts")
        for action in ("kubernetes.db_create_chain", "kubernetes.db_publish_chain"):
            stage.ended(action)
        sampler.end()
        yield seen
