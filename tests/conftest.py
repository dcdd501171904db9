"""What every test relies on: StackStorm's names, and the real servers only where they are asked for."""

import importlib.util
import os

import pytest

from lab.stackstorm import lent, orquesta_engine

REAL = os.environ.get("PAAS_REAL") == "1"

# On a machine with StackStorm its own st2common and st2tests are used; elsewhere the lab lends their names.
lent.lend()


def _come_before_st2tests() -> None:
    """Do what cannot be done any more once StackStorm's own st2tests is imported, where there is one.

    It makes the threads of the whole process green, and servers that tests run in threads would wait for ever beside
    them; the green threads that a sensor has are tested in processes of their own. And it imports Orquesta with
    functions that ask StackStorm's database.
    """
    try:
        from st2common.util import monkey_patch
    except ImportError:  # the lent names do neither
        return
    monkey_patch.monkey_patch = lambda *_, **__: None
    orquesta_engine.load()


_come_before_st2tests()


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
