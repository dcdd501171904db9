"""Whoever is killed leaves two Consuls, and the next run needs nothing else."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("run_once.py")
LIB = Path(__file__).resolve().parents[3] / "lib"


def begin(two):
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), two.source.endpoint.url, two.destination.endpoint.url, two.name],
        env={**os.environ, "PYTHONPATH": str(LIB)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.slow
def test_ten_kills_at_random_moments_lose_nothing(lasting_two):
    chance = random.Random(11)
    lasting_two.source.put_many((f"app/{number}", chance.randbytes(40), number) for number in range(6_000))
    for number in range(6):
        lasting_two.source.put(f"large/{number}", chance.randbytes(450_000))
    interrupted = 0
    for number in range(10):
        process = begin(lasting_two)
        time.sleep(chance.uniform(0.02, 0.7))
        interrupted += process.poll() is None
        process.kill()
        process.wait()
        lasting_two.destination.destroy_sessions()
        # Something always is to be done, also once everything has arrived.
        lasting_two.source.put_many((f"app/{each}", chance.randbytes(40), number) for each in range(0, 6_000, 3))
        lasting_two.source.put(f"large/{number % 6}", chance.randbytes(450_000))
        lasting_two.source.delete(f"app/{number + 1}")
    assert interrupted
    assert lasting_two.sync()["state"] == "in_step"
    lasting_two.assert_equal()
    # What the killed runs wrote stands in the ledger, all of it: it can be deleted again.
    lasting_two.source.delete("", recurse=True)
    report = lasting_two.sync(share=1.0)
    assert (report["state"], report["counts"]["ledger_keys"]) == ("in_step", 0)
    assert lasting_two.destination.tree() == {}
    assert lasting_two.destination.entries(lasting_two.ledger) == []
