"""kill -9 at any point, then the same command: complete, and nothing twice. Undo after half a run: as before."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import migration_objects
from paas.migration.lease import last_run
from tests.integration.migration.world import World, eventually

ROOT = Path(__file__).resolve().parents[3]
KILLS = 5
LEASE = 2


class Run:
    """A migration in a process of its own."""

    def __init__(self, world: World, folder: Path, **options) -> None:
        folder.mkdir()
        self.result_file = folder / "result.json"
        clusters = [(each.client.cluster, each.endpoint.kubeconfig) for each in (world.source, world.destination)]
        config = folder / "config.json"
        options = {"compare": False, "lease_seconds": LEASE, "report_folder": str(folder), "concurrency": 4, **options}
        config.write_text(json.dumps({"clusters": clusters, "options": options, "result": str(self.result_file)}))
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'lib'}:{ROOT}"}
        script = Path(__file__).with_name("runner.py")
        self.output = (folder / "output").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(config)], env=environment, stdout=self.output, stderr=self.output
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def result(self) -> dict:
        assert self.process.wait(120) == 0, (self.result_file.parent / "output").read_text()
        return json.loads(self.result_file.read_text())


def marked(world: World, rooms: list[str]) -> int:
    """How many objects of these rooms the destination has."""
    count = 0
    for room in rooms:
        for plural in ("configmaps", "secrets", "services"):
            count += len(list(world.destination.client.list(f"/api/v1/namespaces/{room}/{plural}")))
    return count


@pytest.fixture
def rooms(world) -> list[str]:
    """500 mixed objects in five namespaces of the source."""
    names = []
    for number in range(5):
        name = f"kill-{number}-{random.randrange(10**6)}"
        objects = list(migration_objects.namespaced(name, number=number))
        # Chosen node ports and custom kinds belong to other tests.
        objects = [
            obj
            for obj in objects
            if "example.com/" not in obj["apiVersion"] and obj["metadata"]["name"] not in ("outside", "quota")
        ]
        migration_objects.create(world.source.client, [objects[:1], objects[1:]])
        names.append(name)
    return names


def test_killed_at_five_points_it_completes_and_makes_nothing_twice(world, rooms, tmp_path):
    chosen = {"namespaces": rooms}
    before = world.plan(**chosen)
    expected = before["outcomes"]["create"] + before["outcomes"]["unchecked"]
    world.destination.calls()
    points = sorted(random.sample(range(5, 220), KILLS))
    for number, point in enumerate(points):
        run = Run(world, tmp_path / f"run-{number}", **chosen)
        deadline = time.monotonic() + 60
        while marked(world, rooms) < point and run.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        run.kill()
    assert last_run(world.destination.client).state == "running"
    name = last_run(world.destination.client).run
    result = Run(world, tmp_path / "last", **chosen).result()
    assert result["complete"], result
    assert result["run"] == name, "a killed run goes on under its own name"
    assert world.verify(**chosen)["outcomes"].get("difference", 0) == 0
    made = world.migrate(**chosen, compare=False)
    assert made["outcomes"]["identical"] == expected
    assert made["written"] == 0


def test_undo_after_half_a_run_leaves_the_destination_as_it_was(world, rooms, tmp_path):
    before = world.destination.snapshot()
    run = Run(world, tmp_path / "half", namespaces=rooms)
    eventually(lambda: marked(world, rooms) > 100, what="half a run")
    run.kill()
    undone = world.undo(lease_seconds=LEASE)
    assert undone["complete"], undone
    assert undone["outcomes"]["deleted"] > 100
    eventually(lambda: not any(world.destination.has("Namespace", room) for room in rooms))
    after = world.destination.snapshot()
    assert after == before
    assert last_run(world.destination.client) is None
