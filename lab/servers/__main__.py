"""`python -m lab.servers build [NAME ...]` builds what is missing; `python -m lab.servers where` says what is used."""

from __future__ import annotations

import argparse
import sys
import time

from lab.servers.binaries import binary, cache_folder, locate
from lab.servers.build import say
from lab.servers.catalogue import BINARIES
from lab.servers.errors import BuildFailed


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 1 with one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m lab.servers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build what is neither named by the environment, on PATH nor cached")
    building.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BINARIES)}; all by default")
    commands.add_parser("where", help="print each server's binary")
    arguments = parser.parse_args(argv)
    try:
        return _build(arguments.names or list(BINARIES)) if arguments.command == "build" else _where()
    except BuildFailed as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped; what was built is kept, and what was compiled too.")
        return 130


def _build(names: list[str]) -> int:
    began = time.monotonic()
    missing = [name for name in names if locate(name) is None]
    if missing:
        say(f"Building {', '.join(missing)} into {cache_folder()}; all take about 12 minutes on two cores, once.")
    for number, name in enumerate(missing, start=1):
        say(f"[{number}/{len(missing)}] {name}, after {time.monotonic() - began:.0f} s")
        binary(name)
    print(f"{len(names)} servers are ready.", flush=True)
    return 0


def _where() -> int:
    for name, entry in BINARIES.items():
        print(f"{name} {entry.version}: {locate(name) or 'not built yet'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
