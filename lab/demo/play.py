"""`lab demo`: raise a lab, play every chapter on it, say what passed."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

from lab.demo import cutover, databases, following, lifecycle, migration, stage
from lab.demo.report import Report

CHAPTERS = (databases.play, lifecycle.play, migration.play, following.play, cutover.play)
_RDS_DELAY = 3.0


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("demo", help="show the main jobs step by step on a lab of its own, and check them")
    parser.add_argument("--real", action="store_true", help="on the real servers of lab/servers, not the stand-ins")
    parser.add_argument("--keep", action="store_true", help="keep the state directory, to look at it afterwards")
    parser.set_defaults(command=demo)


def demo(arguments: argparse.Namespace) -> int:
    """Play the demo.

    Returns:
        0 where every check passed.
    """
    report = Report()
    directory = Path(tempfile.mkdtemp(prefix="paas-demo-"))
    report.chapter(f"Starting two clusters, two Consuls, two Vaults, AWS and StackStorm{' (real)' * arguments.real}")
    try:
        with stage.raised(directory, real=arguments.real, rds_delay=_RDS_DELAY) as up:
            for kind, names in up.endpoints.items():
                for name, url in names.items():
                    report.show(f"{kind} {name}".strip(), url)
            for chapter in CHAPTERS:
                chapter(up, report)
    finally:
        if arguments.keep:
            report.show("kept", str(directory))
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return report.end()
