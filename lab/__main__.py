"""`python -m lab`: a whole platform on one machine, and the commands that use it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))  # the pack's own rooms, as tests have them

from lab.cli import events, people, run, site, up
from lab.cli.casting import BadWord
from lab.cli.client import Refused
from lab.demo import play
from lab.processes import ServerFailed
from lab.stackstorm.errors import StackStormError
from lab.state import NoLab
from paas.errors import PaasError


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        Its exit status; 1 after an error, which is one sentence on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--state-dir", type=Path, metavar="D", help="where the lab's state is; the last one by default")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for family in (up, run, events, people, site, play):
        family.register(commands)
    for command in commands.choices.values():
        command.add_argument("--state-dir", type=Path, metavar="D", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.command(arguments)
    except BrokenPipeError:  # `| head` is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (NoLab, Refused, BadWord, StackStormError, PaasError, ServerFailed, OSError, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
