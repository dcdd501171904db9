"""What the pack's own workflows and rules use, the corpus has tried on the real StackStorm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "packs" / "corpus"

_EXPRESSION = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|<%(.*?)%>", re.DOTALL)
_WORD = re.compile(r"(\|\s*\w+|\bis\s+(?:not\s+)?\w+|\b\w+(?=\()|\b(?:if|else|for|and|or|not|in)\b)")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")


def expressions(value: Any) -> Iterator[str]:
    """Each filter, test, function and keyword in the expressions of a document."""
    if isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)
    elif isinstance(value, str):
        for jinja, statement, yaql in _EXPRESSION.findall(value):
            language = "yaql" if yaql else "jinja"
            for word in _WORD.findall(_TEXT.sub("''", jinja or statement or yaql)):
                yield f"{language}: {' '.join(word.split())}"


def keywords(document: dict[str, Any]) -> Iterator[str]:
    """Each keyword of a chain or of an Orquesta workflow."""
    chain = "chain" in document
    language, tasks = ("chain", document["chain"]) if chain else ("orquesta", document["tasks"].values())
    yield from (f"{language}: {key}" for key in document)
    for task in tasks:
        yield from (f"{language} task: {key}" for key in task)
        for then in task.get("next") or []:
            yield from (f"{language} next: {key}" for key in then)
            yield from (
                f"{language} does: {each}" for each in ("fail", "noop", "continue") if each in str(then.get("do"))
            )
        if isinstance(task.get("with"), dict):
            yield from (f"{language} with: {key}" for key in task["with"])
        yield f"{language} calls: {task['action'] if task.get('action') == 'core.ask' else 'an action'}"


def criteria(document: dict[str, Any]) -> Iterator[str]:
    """Each operator of a rule's criteria, and those of its searches."""
    for criterion in (document.get("criteria") or {}).values():
        yield f"criterion: {criterion['type']} {criterion.get('condition', '')}".strip()
        if criterion["type"] == "search":
            yield from (f"searched: {each['type']}" for each in criterion["pattern"].values())


def used(pack: Path) -> set[str]:
    """All of that in a pack."""
    found: set[str] = set()
    for folder in ("workflows", "chains"):
        for file in (pack / "actions" / folder).glob("*.yaml"):
            document = yaml.safe_load(file.read_text())
            found.update(expressions(document), keywords(document))
    for file in (pack / "rules").glob("**/*.yaml"):
        document = yaml.safe_load(file.read_text())
        found.update(expressions(document["action"]), criteria(document))
    return found


def test_whatever_the_pack_uses_was_tried() -> None:
    assert used(REPOSITORY) - used(CORPUS) == set()


def test_there_is_something_to_try() -> None:
    assert {"chain task: on-failure", "jinja: | use_none", "jinja: is mapping", "criterion: search any"} <= used(
        REPOSITORY
    )
