"""The lab does what the real StackStorm did; with PAAS_ST2_API_URL, one that is there still does it.

PAAS_ST2_API_URL is such as `http://127.0.0.1:9101/v1`, and ST2_AUTH_TOKEN its token. Actions of the pack `corpus` are
run, which must be installed there (tests/corpus/packs/corpus), and its key `corpus.value` is written: it is for a
StackStorm of one's own.
"""

from __future__ import annotations

import json
import os
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


NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
REAL = os.environ.get("PAAS_ST2_API_URL")


def recorded(name: str) -> dict:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_the_lab_does_what_the_real_stackstorm_did(lab: Target, name: str) -> None:
    assert json.loads(json.dumps(lab.observe(CASES[name]))) == recorded(name)


if REAL:

    @pytest.fixture(scope="module")
    def real() -> Target:
        target = Target(REAL, token=os.environ.get("ST2_AUTH_TOKEN", ""))
        target.prepare()
        return target

    @pytest.mark.parametrize("name", NAMES)
    def test_the_real_stackstorm_does_what_was_recorded(real: Target, name: str) -> None:
        assert json.loads(json.dumps(real.observe(CASES[name]))) == recorded(name)


def test_every_case_is_recorded() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(CASES)
