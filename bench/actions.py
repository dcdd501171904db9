"""What an action costs before it does anything: the import of its entry file, and the whole of a run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.tables import ROOT, Table
from lab.demo.stage import Stage, raised

ROUNDS = 7
_LENT = ROOT / "lab" / "stackstorm" / "lent"
_BASE = "import st2common.runners.base_action"
_LOAD = (
    "import importlib.util as u; s = u.spec_from_file_location('entry', {path!r}); m = u.module_from_spec(s);"
    " s.loader.exec_module(m)"
)


def run() -> list[Table]:
    """Both tables."""
    return [_imports(), _whole_runs()]


def _imports() -> Table:
    paths = [str(ROOT / "actions" / "lib"), str(_LENT)]
    env = {"PYTHONPATH": ":".join(paths), "PATH": "/usr/bin:/bin"}
    base = _seconds(_BASE, env)
    rows = []
    for entry in sorted((ROOT / "actions").glob("*.py")):
        took = _seconds(f"{_BASE}; {_LOAD.format(path=str(entry))}", env)
        rows.append((entry.stem, f"{(took - base) * 1000:.0f} ms"))
    note = (
        f"Median of {ROUNDS} processes each. A process that imports StackStorm's base class alone, here as the lab "
        f"lends it, takes {base:.2f} s."
    )
    return Table("Import of each action's entry file, beyond StackStorm's own", ("action", "beyond"), rows, note)


def _seconds(code: str, env: dict[str, str]) -> float:
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _whole_runs() -> Table:
    pack = ROOT / "tests" / "packs" / "sample"
    with (
        tempfile.TemporaryDirectory() as directory,
        raised(Path(directory), real=False, rds_delay=0, packs=[pack]) as stage,
    ):
        trivial = _median(stage, "sample.greet", {"who": "x"})
        stage.apply("paasA", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        wanted = {"apiVersion": "paas.internal/v1", "kind": "Database"}
        stage.apply("paasA", {**wanted, "metadata": {"name": "orders", "namespace": "shop"}, "spec": {}})
        runs = {
            "sample.greet, a trivial action": trivial,
            "kubernetes.sensor_status (the datastore)": _median(stage, "kubernetes.sensor_status", {}),
            "kubernetes.db_rds_spec (one cluster)": _median(
                stage, "kubernetes.db_rds_spec", {"cluster": "paasA", "namespace": "shop", "name": "orders"}
            ),
        }
    rows = [(name, f"{took:.2f} s", f"{took / trivial:.1f}") for name, took in runs.items()]
    note = f"In the lab, on stand-ins; median of {ROUNDS} runs, as the execution says."
    return Table("A whole run against a trivial action", ("action", "takes", "times the trivial one"), rows, note)


def _median(stage: Stage, action: str, parameters: dict[str, str]) -> float:
    return statistics.median(stage.run(action, **parameters)["elapsed_seconds"] for _ in range(ROUNDS))
