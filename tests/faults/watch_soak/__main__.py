"""`python -m tests.faults.watch_soak`: the report on stdout as JSON, what happens on stderr; exit 1 on a violation."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "lib"))  # pytest puts it there by itself

from tests.faults.watch_soak.soak import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.watch_soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default: 1)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what chooses writes and faults")
    parser.add_argument("--rate", type=float, default=50.0, help="writes a second (default: 50)")
    parser.add_argument("--pause", type=float, default=20.0, help="seconds between two faults, at most (default: 20)")
    parser.add_argument("--real", action="store_true", help="on the real API server and etcd, which are killed too")
    parser.add_argument("--directory", type=Path, help="where the logs and events are kept")
    given = parser.parse_args()
    directory = given.directory or Path(tempfile.mkdtemp(prefix="watch-soak-"))
    began = time.monotonic()

    def log(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} {line}", file=sys.stderr, flush=True)

    log(f"seed {given.seed}, in {directory}")
    kind = "real" if given.real else "stand-in"
    report = run(
        kind, directory, seconds=60 * given.minutes, seed=given.seed, rate=given.rate, pause=given.pause, log=log
    )
    print(report.as_json(), flush=True)
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
