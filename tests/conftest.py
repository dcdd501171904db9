"""What every test relies on: StackStorm's names, and the real servers only where they are asked for."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

LENT = Path(__file__).resolve().parent.parent / "lab" / "stackstorm" / "lent"
REAL = os.environ.get("PAAS_REAL") == "1"

# On a machine with StackStorm its own st2common and st2tests are used; elsewhere the lab lends their names.
if importlib.util.find_spec("st2common") is None:
    sys.path.append(str(LENT))


def pytest_report_header() -> list[str]:
    st2common = importlib.util.find_spec("st2common")
    lent = st2common is not None and str(LENT) in str(st2common.origin)
    return [
        f"StackStorm: {'names lent by the lab' if lent else 'its own st2common and st2tests'}",
        f"real servers: {'yes' if REAL else 'no (PAAS_REAL=1 or `make test` asks for them)'}",
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the real servers, where nobody asked for them: st2-run-pack-tests runs on any machine."""
    if REAL:
        return
    kept, left_out = [], []
    for item in items:
        (left_out if item.get_closest_marker("real") else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
