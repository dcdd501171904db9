"""Casts a rendered parameter (most often a string) to the type that its schema names, by StackStorm's rules."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from lab.stackstorm.filters import NONE


def _structure(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return ast.literal_eval(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f'Value "{value}" must either be a string or None. Got "{type(value).__name__}".')
    return value


CASTS: Mapping[str, Callable[[Any], Any]] = {
    "array": _structure,
    "object": _structure,
    "boolean": lambda value: ast.literal_eval(value.capitalize()) if isinstance(value, str) else value,
    "integer": int,
    "number": float,
    "string": _string,
}


def cast(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """The value as its schema's type; null, and what has no single type, stay as they are.

    Raises:
        ValueError: It cannot be cast (SyntaxError and TypeError come from the same doors).
    """
    kind = (schema or {}).get("type")
    if value is None or not isinstance(kind, str) or kind not in CASTS:
        return value
    if isinstance(value, str) and value == NONE:
        if kind in ("integer", "number"):
            raise TypeError(f"{kind} cannot be made of null")
        return None
    return CASTS[kind](value)


def cast_each(values: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Every value cast by the schema of its name.

    Raises:
        ValueError: One cannot be cast; the message names the parameter, its value and its type.
    """
    done = {}
    for name, value in values.items():
        try:
            if value is None and (schemas.get(name) or {}).get("type") in ("integer", "number"):
                raise TypeError("a number cannot be made of null")  # StackStorm casts null too here, and so fails
            done[name] = cast(value, schemas.get(name))
        except Exception as error:  # literal_eval raises half a dozen kinds
            raise ValueError(
                f'Failed to cast value "{value}" (type: {type(value).__name__}) for parameter "{name}" of type '
                f'"{(schemas.get(name) or {}).get("type")}": {error}. Perhaps the value is of an invalid type?'
            ) from error
    return done
