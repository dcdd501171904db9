from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.stackstorm.database import Database
from lab.stackstorm.datastore import Datastore
from lab.stackstorm.service import StackStorm
from lab.stackstorm.templates import Templates

SAMPLE = Path(__file__).resolve().parents[2] / "packs" / "sample"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def datastore(tmp_path: Path, clock: Clock) -> Iterator[Datastore]:
    database = Database(tmp_path / "keys.db")
    yield Datastore(database, key_file=tmp_path / "key", clock=clock)
    database.close()


@pytest.fixture
def templates(datastore: Datastore) -> Templates:
    return Templates(datastore)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StackStorm]:
    """A StackStorm with the sample pack; its rules and API run, its sensors do not."""
    service = StackStorm([SAMPLE], directory=tmp_path / "stackstorm")
    service.start(sensors=False)
    yield service
    service.stop()
