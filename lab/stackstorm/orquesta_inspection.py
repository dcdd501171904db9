"""Checks a workflow before it runs, by Orquesta's own inspection and by what StackStorm adds: do its actions fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab.stackstorm.errors import NotFound
from lab.stackstorm.orquesta_engine import Engine
from lab.stackstorm.registry import Registry

_CATEGORIES = {
    "contents": "content",
    "context": "context",
    "expressions": "expression",
    "semantics": "semantic",
    "syntax": "syntax",
}
_TASKS = r"properties.tasks.patternProperties.^\w+$"


def inspect(spec: Any, context: Mapping[str, Any], registry: Registry, engine: Engine) -> list[dict[str, Any]]:
    """Everything that is wrong with a workflow's definition, as StackStorm's result lists it."""
    errors = []
    for category, entries in spec.inspect(app_ctx=context, raise_exception=False).items():
        for entry in entries:
            if category in ("context", "expressions") and "language" not in entry:
                entry["language"] = entry.pop("type")
            errors.append({**entry, "type": _CATEGORIES[category]})
    errors += _of_tasks(spec, registry, engine)
    return sorted(errors, key=lambda entry: (entry["type"], str(entry.get("schema_path"))))


def _of_tasks(spec: Any, registry: Registry, engine: Engine) -> Iterator[dict[str, Any]]:
    for name, task in spec.tasks.items():
        ref = getattr(task, "action", None)
        if not ref or engine.expressions.has_expressions(ref):
            continue
        where, schema = f"tasks.{name}.action", f"{_TASKS}.properties.action"
        pack, dot, rest = ref.partition(".")
        if not (pack and dot and rest):
            yield _error(f'The action reference "{ref}" is not formatted correctly.', where, schema)
            continue
        try:
            action = registry.action(ref)
        except NotFound:
            yield _error(f'The action "{ref}" is not registered in the database.', where, schema)
            continue
        given = getattr(task, "input", None) or {}
        if not isinstance(given, dict):
            continue
        where, schema = f"tasks.{name}.input", f"{_TASKS}.properties.input"
        for parameter, said in sorted(action.schemas.items()):
            if said.get("required") and "default" not in said and parameter not in given:
                yield _error(f'Action "{ref}" is missing required input "{parameter}".', where, schema)
        for parameter in sorted(set(given) - set(action.schemas)):
            message = f'Action "{ref}" has unexpected input "{parameter}".'
            yield _error(message, f"{where}.{parameter}", rf"{schema}.patternProperties.^\w+$")


def _error(message: str, spec_path: str, schema_path: str) -> dict[str, Any]:
    return {"type": "content", "message": message, "spec_path": spec_path, "schema_path": schema_path}
