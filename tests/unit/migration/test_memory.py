import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.migration.places import REPOSITORY

COUNT = 50_000


def migrated(count, filled, folder):
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'lib'}:{REPOSITORY}"}
    script = Path(__file__).with_name("endless.py")
    run = subprocess.run(
        [sys.executable, str(script), str(count), filled, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("filled", ["empty", "filled"])
def test_fifty_thousand_objects_stay_within_bounded_memory(tmp_path, filled):
    told = migrated(COUNT, filled, tmp_path)
    assert told["outcomes"]["identical" if filled == "filled" else "created"] >= COUNT
    assert told["peak_mb"] < 300


def test_memory_grows_by_a_digest_an_object_not_by_the_object(tmp_path):
    few, many = migrated(1_000, "filled", tmp_path), migrated(11_000, "filled", tmp_path)
    assert (many["peak_mb"] - few["peak_mb"]) * 1024 / 10_000 < 2.5, "kB an object; an object itself takes more"


def test_the_measure_does_not_count_what_the_process_was_started_from(tmp_path):
    ballast = bytearray(b"x" * 350 * 2**20)
    assert migrated(10, "empty", tmp_path)["peak_mb"] < 150
    assert len(ballast)
