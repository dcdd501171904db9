"""`python -m bench [NAME ...] [--write]`: run benches, print their tables, write them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib")]
# The benches' child processes find the pack and the lab as this one does.
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "lib"), os.environ.get("PYTHONPATH", "")]).rstrip(":")

from bench import tables  # noqa: E402

BENCHES = ("actions", "watch", "migration", "traffic", "consul_sync", "databases")


def main() -> int:
    """Run the benches that are named, all of them where none is."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in BENCHES:
            parser.error(f"there is no bench {name!r}; there are {', '.join(BENCHES)}")
    print(f"On {tables.machine()}, load {os.getloadavg()[0]:.1f} before the start.\n", flush=True)
    for name in arguments.names or BENCHES:
        found = importlib.import_module(f"bench.{name}").run()
        for table in found:
            print(table.markdown(), flush=True)
        if arguments.write:
            tables.write(name, found, on=datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat())
    return 0


if __name__ == "__main__":
    sys.exit(main())
