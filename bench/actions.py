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
SHOWN = 5  # of all the actions: the slowest
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
    beyond = {
        entry.stem: (_seconds(f"{_BASE}; {_LOAD.format(path=str(entry))}", env) - base) * 1000
        for entry in sorted((ROOT / "actions").glob("*.py"))
    }
    slowest = sorted(beyond, key=lambda name: -beyond[name])[:SHOWN]
    rows = [(f"the median of all {len(beyond)}", f"{statistics.median(beyond.values()):.0f} ms")]
    rows += [(name, f"{beyond[name]:.0f} ms") for name in slowest]
    note = (
        f"The median and the {SHOWN} slowest; each is the median of {ROUNDS} processes. A process that imports "
        f"StackStorm's base class alone, here as the lab lends it, takes {base:.2f} s."
    )
    return Table("Import of an action's entry file, beyond StackStorm's own", ("action", "beyond"), rows, note)


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
    return statistics.median(float(stage.run(action, **parameters)["elapsed_seconds"]) for _ in range(ROUNDS))
