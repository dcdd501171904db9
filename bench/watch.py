"""The watch: latency against a bare `curl` watch, memory and CPU by the number of objects, events a second."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lab.servers
from bench.tables import Plot, Table
from lab.demo.stage import raised
from lab.endpoints import KubeEndpoint
from tests.integration.watch.running import SensorRun, client_of, settings_of

LATENCY_OBJECTS = 300
SIZES = (1_000, 10_000, 50_000)
RULE_EVENTS = 1_000
_IDLE = 20.0
_NAMESPACE = "bench"
_PATH = f"/api/v1/namespaces/{_NAMESPACE}/configmaps"
_CONFIG_MAPS = {"plural": "configmaps", "namespace": _NAMESPACE, "cluster": "paasA"}


def run() -> list[Table]:
    """All tables; the API server is the real one."""
    with tempfile.TemporaryDirectory() as directory:
        with _cluster(Path(directory) / "cluster") as endpoint:
            latency = _latency(endpoint, Path(directory) / "latency")
            sizes = _sizes(endpoint, Path(directory))
        return [latency, sizes, _through_a_rule(Path(directory))]


@contextmanager
def _cluster(directory: Path) -> Iterator[KubeEndpoint]:
    servers, endpoints = lab.servers.launch_kube(["paasA"], directory=directory, controllers=False)
    try:
        client = client_of(endpoints["paasA"])
        client.create("/api/v1/namespaces", _named("Namespace", _NAMESPACE))
        yield endpoints["paasA"]
    finally:
        lab.servers.stop(servers)


def _named(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


def _config_map(name: str) -> dict[str, Any]:
    return {**_named("ConfigMap", name), "data": {"key": "value " * 20}}


def _sensor(endpoint: KubeEndpoint, directory: Path) -> SensorRun:
    sensor = SensorRun("ResourceWatchSensor", directory, {"clusters": {"paasA": settings_of(endpoint)}})
    sensor.triggers(bench=_CONFIG_MAPS)
    return sensor


def _latency(endpoint: KubeEndpoint, directory: Path) -> Table:
    client = client_of(endpoint)
    sensor = _sensor(endpoint, directory).start()
    bare = _BareWatch(endpoint)
    try:
        for name in ("warm-up-1", "warm-up-2"):
            client.create(_PATH, _config_map(name))
            _until(lambda name=name: name in bare.seen and name in _dispatched(directory))  # type: ignore[misc]
        created = {}
        for number in range(LATENCY_OBJECTS):
            name = f"latency-{number}"
            created[name] = time.time()
            client.create(_PATH, _config_map(name))
            time.sleep(0.02)
        _until(lambda: created.keys() <= bare.seen.keys() and created.keys() <= _dispatched(directory).keys())
    finally:
        bare.stop()
        sensor.stop()
        client.close()
    dispatched = _dispatched(directory)
    bare_ms = sorted((bare.seen[name] - at) * 1000 for name, at in created.items())
    sensor_ms = sorted((dispatched[name] - at) * 1000 for name, at in created.items())
    rows = [
        (who, f"{statistics.median(taken):.1f} ms", f"{taken[int(len(taken) * 0.99)]:.1f} ms")
        for who, taken in (("bare curl watch", bare_ms), ("sensor, to the trigger", sensor_ms))
    ]
    apart = statistics.median(sensor_ms) - statistics.median(bare_ms)
    note = f"{LATENCY_OBJECTS} ConfigMaps, one each 20 ms, from before the POST. The medians are {apart:.1f} ms apart."
    plot = Plot("watch-latency", {"bare curl watch": bare_ms, "sensor, to the trigger": sensor_ms})
    return Table("From create to trigger", ("who", "p50", "p99"), rows, note, plot)


class _BareWatch:
    """`curl` on the watch, and when each object's line came."""

    def __init__(self, endpoint: KubeEndpoint) -> None:
        curl = shutil.which("curl")
        if curl is None:
            raise SystemExit("The bench compares with a bare `curl` watch, and there is no curl; install it.")
        self.seen: dict[str, float] = {}
        # The token goes by stdin: an argv is for everybody to read.
        self._process = subprocess.Popen(
            [curl, "-sN", "--cacert", endpoint.ca_file, "-H", "@-", f"{endpoint.url}{_PATH}?watch=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(f"Authorization: Bearer {endpoint.token}\n".encode())
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at = time.time()
            self.seen.setdefault(json.loads(line)["object"]["metadata"]["name"], at)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(5)
        self._reader.join(5)


def _sizes(endpoint: KubeEndpoint, directory: Path) -> Table:
    rows = []
    there = LATENCY_OBJECTS + 2
    for size in SIZES:
        _create(endpoint, range(there, size))
        there = size
        sensor = _sensor(endpoint, directory / str(size)).start()
        try:
            begun = time.time()
            _until(lambda size=size: _lines(directory / str(size)) >= size, within=300)  # type: ignore[misc]
            times = list(_dispatched(directory / str(size)).values())
            assert sensor.server is not None
            pid = sensor.server.pid
            start_cpu = _cpu(pid)
            time.sleep(_IDLE)
            idle = (_cpu(pid) - start_cpu) / _IDLE
            resident, peak = _memory(pid)
        finally:
            sensor.stop()
        took = max(times) - begun
        rows.append(
            (
                f"{size:,}",
                f"{resident:.0f} MB",
                f"{peak:.0f} MB",
                f"{start_cpu:.1f} s",
                f"{idle * 100:.1f} %",
                f"{size / took:,.0f}",
            )
        )
    note = (
        "ConfigMaps on a real API server. The sensor starts without a saved position, so it tells every object once; "
        "events are written to a file. Python, eventlet and the client's libraries are in the memory."
    )
    columns = ("objects", "memory after", "peak", "CPU of the start", "CPU when idle", "events/s at the start")
    return Table("Memory, CPU and throughput of the sensor's process", columns, rows, note)


def _create(endpoint: KubeEndpoint, numbers: range) -> None:
    client = client_of(endpoint)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda number: client.create(_PATH, _config_map(f"object-{number}")), numbers):
            pass
    client.close()


def _through_a_rule(directory: Path) -> Table:
    rule = {
        "name": "bench",
        "pack": "kubernetes",
        "enabled": True,
        "trigger": {"type": "kubernetes.resource_event", "parameters": _CONFIG_MAPS},
        "criteria": {"trigger.resource": {"type": "equals", "pattern": "ADDED"}},
        "action": {"ref": "core.noop"},
    }
    with raised(directory / "rule", real=True, rds_delay=0) as stage:
        client = stage.clusters["paasA"]
        client.create("/api/v1/namespaces", _named("Namespace", _NAMESPACE))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: client.create(_PATH, _config_map(f"object-{n}")), range(RULE_EVENTS)))
        begun = time.time()
        stage.lab.call("POST", "/rules", rule)

        def matched() -> int:
            return len(stage.lab.each("/ruleenforcements", rule_ref="kubernetes.bench", limit=RULE_EVENTS + 10))

        _until(lambda: matched() >= RULE_EVENTS, within=300)
        took = time.time() - begun
    rows = [(f"{RULE_EVENTS:,}", f"{took:.1f} s", f"{RULE_EVENTS / took:,.0f}")]
    note = "In the lab with the real API server: watch, trigger, criteria, and an execution of core.noop each."
    return Table("Events through sensor and rule", ("events", "took", "events/s"), rows, note)


def _dispatched(directory: Path) -> dict[str, float]:
    """When each object was first dispatched, by name."""
    found: dict[str, float] = {}
    path = directory / "events.jsonl"
    if path.exists():
        for line in path.read_bytes().split(b"\n"):
            if line.endswith(b"}"):
                event = json.loads(line)
                found.setdefault(event["payload"]["name"], event["at"])
    return found


def _lines(directory: Path) -> int:
    path = directory / "events.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _until(check: Callable[[], bool], *, within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:.0f} s")
        time.sleep(0.2)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> tuple[float, float]:
    """Resident now and at its peak, in MB."""
    said = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Vm")
    )
    return int(said["VmRSS"].split()[0]) / 1024, int(said["VmHWM"].split()[0]) / 1024
