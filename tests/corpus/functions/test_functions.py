"""One by one: what StackStorm's own functions say, the lab's say."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from lab.stackstorm.alias_formats import extract
from lab.stackstorm.casts import cast
from lab.stackstorm.criteria import OPERATORS
from lab.stackstorm.database import Database
from lab.stackstorm.datastore import Datastore
from lab.stackstorm.templates import Templates
from tests.corpus.functions.ask import RECORDED, ask
from tests.corpus.functions.real import RealFunctions

KINDS = ("operators", "casts", "templates", "commands")


class LabFunctions:
    def __init__(self, directory: Path) -> None:
        datastore = Datastore(Database(directory / "datastore.db"), key_file=directory / "key")
        self._templates = Templates(datastore)

    def matches(self, operator: str, value: Any, pattern: Any) -> bool:
        return OPERATORS[operator](value, pattern)

    def cast(self, value: Any, kind: str) -> Any:
        return cast(value, {"type": kind})

    def render(self, template: Any, context: dict[str, Any]) -> Any:
        return self._templates.render_each({"parameter": template}, context)["parameter"]

    def extract(self, template: str, command: str) -> dict[str, Any]:
        return extract(template, command)


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, Any]]:
    return json.loads(RECORDED.read_text())


def differing(seen: dict[str, Any], recorded: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    seen = json.loads(json.dumps(seen))
    return {key: (seen.get(key), recorded.get(key)) for key in {*seen, *recorded} if seen.get(key) != recorded.get(key)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_labs_functions_say_what_the_real_ones_said(tmp_path: Path, recorded: dict, kind: str) -> None:
    assert differing(ask(LabFunctions(tmp_path))[kind], recorded[kind]) == {}


try:
    REAL = importlib.util.find_spec("st2common.operators")  # the lab lends no such name
except ModuleNotFoundError:
    REAL = None

if REAL:

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_real_ones_here_say_what_was_recorded(recorded: dict, kind: str) -> None:
        assert differing(ask(RealFunctions())[kind], recorded[kind]) == {}
