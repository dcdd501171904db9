"""Asks StackStorm's own functions, the real ones or the lab's, for every input, and writes what they say to compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import yaml

INPUTS = yaml.safe_load((Path(__file__).parent / "inputs.yaml").read_text())
RECORDED = Path(__file__).parent / "recorded.json"


class Functions(Protocol):
    """The functions of one StackStorm; each raises what it likes."""

    def matches(self, operator: str, value: Any, pattern: Any) -> bool:
        """Whether a criterion is met."""

    def cast(self, value: Any, kind: str) -> Any:
        """A value as a type of JSON Schema."""

    def render(self, template: Any, context: dict[str, Any]) -> Any:
        """A parameter as a rule or a chain has it."""

    def extract(self, template: str, command: str) -> dict[str, Any]:
        """What a command gives by a format of an alias."""


def _said(ask: Callable[[], Any]) -> Any:
    try:
        found = ask()
    except Exception:  # noqa: BLE001 - that it raises is the answer; the words are each one's own
        return "(raises)"
    return f"(bytes or nan) {found}" if isinstance(found, bytes) or found != found else found


def ask(functions: Functions) -> dict[str, dict[str, Any]]:
    """Every answer, by what was asked."""
    operators = {
        f"{operator} {value!r} {pattern!r}": _said(lambda: functions.matches(operator, value, pattern))  # noqa: B023
        for operators, pairs in (("operators", "pairs"), ("age_operators", "moments"))
        for operator in INPUTS[operators]
        for value, pattern in INPUTS[pairs]
    }
    casts = {
        f"{kind} {value!r}": _said(lambda: functions.cast(value, kind))  # noqa: B023
        for kind in INPUTS["types"]
        for value in INPUTS["values"]
    }
    templates = {
        str(template): _said(lambda: functions.render(template, INPUTS["context"]))  # noqa: B023
        for template in INPUTS["templates"]
    }
    commands = {
        f"{template!r} {command!r}": _said(lambda: functions.extract(template, command))  # noqa: B023
        for template, command in INPUTS["commands"]
    }
    return {"operators": operators, "casts": casts, "templates": templates, "commands": commands}
