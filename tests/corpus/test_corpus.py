from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.stackstorm.service import StackStorm
from tests.corpus.driver import RECORDED, Target, cases

PACK = Path(__file__).parent / "packs" / "corpus"
CASES = cases()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    service = StackStorm([PACK], directory=tmp_path_factory.mktemp("stackstorm"))
    service.start(sensors=False)
    target = Target(service.api.url, token=service.token)
    target.prepare()
    yield target
    service.stop()


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.json")))
def test_the_lab_does_what_the_real_stackstorm_did(lab: Target, name: str) -> None:
    seen = json.loads(json.dumps(lab.observe(CASES[name])))
    assert seen == json.loads((RECORDED / f"{name}.json").read_text())


def test_every_case_is_recorded() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(CASES)
