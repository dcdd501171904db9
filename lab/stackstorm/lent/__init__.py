"""The few names of StackStorm that packs import, for machines without StackStorm. Where the real ones are, they win."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

PATH = str(Path(__file__).parent)


def lend() -> None:
    """Put the lent names last on sys.path, so that `st2common` and its like can be imported anywhere."""
    if PATH not in sys.path and any(
        importlib.util.find_spec(name) is None for name in ("st2common", "st2reactor", "st2tests")
    ):
        sys.path.append(PATH)


def python_path(*folders: Path) -> str:
    """PYTHONPATH for a process that finds StackStorm as this one does: the inherited, `folders`, the lent names."""
    inherited = os.environ.get("PYTHONPATH")
    return os.pathsep.join([*([inherited] if inherited else []), *map(str, folders), PATH])
