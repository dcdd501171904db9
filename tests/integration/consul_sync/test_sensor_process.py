"""The sensor in a process that eventlet has patched, as StackStorm runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.stackstorm.lent import python_path
from tests.integration.consul_sync.two import soon

REPOSITORY = Path(__file__).resolve().parents[3]
PLANTED = "planted-c0ffee"


class SensorProcess:
    """The sensor, its datastore, and what it dispatched."""

    def __init__(self, two, directory):
        self.directory = directory
        self.two = two
        profiles = {side.endpoint.name: {"address": side.endpoint.url} for side in (two.source, two.destination)}
        pair = {"source": "paasA", "destination": "paasB", "prefixes": [two.folder], "recheck": 2}
        (directory / "config.json").write_text(json.dumps({"consul": profiles, "consul_sync": {two.name: pair}}))
        (directory / "datastore").mkdir(exist_ok=True)
        self.start()

    def start(self):
        argv = [
            sys.executable,
            str(REPOSITORY / "tests/integration/watch/sensor_process.py"),
            str(REPOSITORY / "sensors/consul_sync_sensor.py"),
            "ConsulSyncSensor",
            str(self.directory),
        ]
        with (self.directory / "log").open("ab") as log:
            env = {**os.environ, "PYTHONPATH": python_path(REPOSITORY / "sensors")}
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, env=env)

    def switch(self, on):
        path = self.directory / "datastore" / f"kubernetes.consul_sync.{self.two.name}"
        path.write_text(json.dumps({"enabled": on}))

    @property
    def states(self):
        lines = (self.directory / "events.jsonl").read_text().splitlines()
        return [json.loads(line)["payload"]["state"] for line in lines]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


@pytest.fixture
def sensor(two, tmp_path):
    sensor = SensorProcess(two, tmp_path)
    yield sensor
    if sensor.process.poll() is None:
        sensor.process.kill()
        sensor.process.wait()


def test_the_sensor_keeps_a_pair_in_step_through_being_killed(sensor, two):
    two.source.put_many((f"{two.folder}{number}", f"{PLANTED}-{number}".encode(), number) for number in range(2_000))
    sensor.switch(on=True)
    soon(lambda: (sensor.directory / "started").exists() and sensor.states[-1:] == ["in_step"], within=60)
    two.assert_equal()
    for number in range(50):
        two.source.put(f"{two.folder}{number}", PLANTED.encode())
    soon(lambda: two.destination.tree(two.folder) == two.source.tree(two.folder))
    sensor.process.kill()
    sensor.process.wait()
    two.destination.destroy_sessions()
    two.source.put(f"{two.folder}late", PLANTED.encode())
    sensor.start()
    soon(lambda: two.destination.value(f"{two.folder}late") == PLANTED.encode(), within=60)
    sensor.switch(on=False)
    soon(lambda: sensor.states[-1] == "disabled", within=30)
    sensor.end()
    assert sensor.process.returncode == 0
    for file in (sensor.directory / "log", sensor.directory / "events.jsonl"):
        assert PLANTED not in file.read_text()


def test_a_sensor_that_is_asked_to_end_lets_its_lock_go(sensor, two):
    two.source.put(f"{two.folder}a")
    sensor.switch(on=True)
    soon(lambda: two.destination.value(f"{two.folder}a") == b"value", within=60)
    sensor.end()
    assert two.sync()["state"] == "in_step"
