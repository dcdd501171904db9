"""What every test relies on: StackStorm's names, and the real servers only where they are asked for."""

import importlib.util
import os

import pytest

from lab.stackstorm import lent

REAL = os.environ.get("PAAS_REAL") == "1"

# On a machine with StackStorm its own st2common and st2tests are used; elsewhere the lab lends their names.
lent.lend()


def pytest_report_header() -> list[str]:
    found = importlib.util.find_spec("st2common")
    is_lent = found is not None and str(found.origin).startswith(lent.PATH)
    return [
        f"StackStorm: {'names lent by the lab' if is_lent else 'its own st2common and st2tests'}",
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
