"""One run: a cluster, a sensor behind a proxy, a writer, faults; and the verdict."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.watch_soak.chaos import Chaos
from tests.faults.watch_soak.promise import Gap, Life, Told, judge
from tests.faults.watch_soak.writing import Writer
from tests.integration.watch.running import Group, SensorRun
from tests.integration.watch.workshop import Workshop

#: Seconds that the sensor may take to catch up after the last fault.
CATCH_UP = 240.0


@dataclass
class Report:
    """What a run found; `violations` is empty where the watch kept its promise."""

    seed: int
    seconds: float
    kind: str
    writes: int
    counts: dict[str, int]
    faults: dict[str, int]
    sensor_mb: float
    violations: list[str]

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


def launch(kind: str, directory: Path) -> Workshop:
    """A cluster of one's own."""
    if kind == "real":
        from lab.servers import launch_kube

        servers, endpoints = launch_kube(["paasA"], directory=directory, controllers=False)
        return Workshop(kind, directory, endpoints["paasA"], servers)
    from lab.standins.kube import launch as launch_stand_in

    server, endpoint = launch_stand_in("paasA", directory=directory)
    return Workshop(kind, directory, endpoint, [server])


def run(
    kind: str,
    directory: Path,
    *,
    seconds: float,
    seed: int,
    rate: float = 50.0,
    pause: float = 20.0,
    log: Callable[[str], None] = lambda line: None,
) -> Report:
    """Run for that long.

    Args:
        kind: `stand-in` or `real`.
        directory: For everything; the events are in `sensor/events.jsonl` afterwards.
        seconds: How long faults are made and objects are written.
        seed: What chooses both.
        rate: Writes a second.
        pause: Seconds between two faults, at most.
        log: Takes lines.
    """
    shop = launch(kind, directory / "cluster")
    sensor = None
    try:
        group = Group(shop.client)
        group.define()
        cluster = {
            "server": f"https://127.0.0.1:{shop.proxy.port}",
            "ca_file": shop.endpoint.ca_file,
            "token": f"file:{shop.token}",
        }
        config = {"clusters": {"paasA": cluster}, "third_party": {"groups": [{"group": group.name}]}}
        sensor = SensorRun("ThirdPartyResourceSensor", directory / "sensor", config).start()
        writer = Writer(shop.client, group, rate=rate, rng=random.Random(seed))
        chaos = Chaos(shop, sensor, rng=random.Random(seed + 1), pause=pause, log=log)
        chaos.gaps.append(Gap(time.time(), time.time()))  # until the sensor has begun to watch
        writer.start()
        chaos.start()
        _wait(seconds, writer, log)
        chaos.stop()
        writer.stop()
        reader = Reader(directory / "sensor" / "events.jsonl")
        _caught_up(writer, reader)
        memory = sensor.memory()
        sensor.stop()
        told = reader.all()
        verdict = judge(writer.lives, told, _closed(chaos.gaps, writer.lives, told))
        counts = {**verdict.counts, "told": len(told)}
        return Report(
            seed, seconds, kind, writer.writes, counts, dict(chaos.counts), round(memory, 1), verdict.violations
        )
    finally:
        if sensor is not None:
            sensor.kill()
        shop.stop()


class Reader:
    """What the sensor told, read as the file grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._told: list[Told] = []
        self.last: dict[str, Told] = {}

    def all(self) -> list[Told]:
        """Everything so far, in order."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._take(json.loads(line))
        return self._told

    def _take(self, line: dict[str, Any]) -> None:
        payload = line["payload"]
        if payload["object_kind"] == "Widget":
            told = Told(
                payload["resource"],
                payload["uid"],
                payload["resource_version"],
                payload["event_id"],
                line["pid"],
                line["at"],
            )
            self._told.append(told)
            self.last[told.uid] = told


def _wait(seconds: float, writer: Writer, log: Callable[[str], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(30.0, left))
        log(f"{writer.writes} writes, {len(writer.lives)} objects, {max(0.0, left - 30):.0f} s left")


def _caught_up(writer: Writer, reader: Reader) -> None:
    def is_told() -> bool:
        reader.all()
        for life in writer.lives:
            last = reader.last.get(life.uid)
            if life.gone is None and (last is None or last.version != life.versions[-1][0]):
                return False
        return True

    deadline = time.monotonic() + CATCH_UP
    while not is_told() and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(3)  # for an end that is still to come, or one word too many


def _closed(gaps: list[Gap], lives: list[Life], told: list[Told]) -> list[Gap]:
    """Each gap until the first state that was written after it was told: only then the watch had caught up."""
    written = {(life.uid, version): at for life in lives for version, at in life.versions}
    closing = sorted((at, each.at) for each in told if (at := written.get((each.uid, each.version))) is not None)
    closed = []
    for gap in gaps:
        later = [when for at, when in closing if at > gap.end]
        closed.append(Gap(gap.begin, min(later, default=float("inf")) + 1.0, gap.killed))
    return closed
