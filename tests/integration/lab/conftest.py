from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from lab.stackstorm.service import StackStorm

SAMPLE = Path(__file__).resolve().parents[2] / "packs" / "sample"
_T = TypeVar("_T")


def eventually(what: Callable[[], _T], *, seconds: float = 30.0) -> _T:
    """The first true value of `what`; fails when none came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StackStorm]:
    """A StackStorm with the sample pack, its two sensors in processes of their own."""
    service = StackStorm([SAMPLE], directory=tmp_path / "stackstorm")
    service.start()
    yield service
    service.stop()
