"""Turns `key=value` words into parameters, as StackStorm's own client does: by the types of the action's schema."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class BadWord(ValueError):
    """A word of the command line is no parameter; the message says what would be one."""


def parameters(words: Sequence[str], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters that the words name.

    `key=value` is cast by the schema; an array is JSON or `a,b`, and may be given in several words; an object is JSON
    or `a=1,b=2`; `@key=path` is a file's text. Words without a key go to the parameters with a position, in its order.

    Raises:
        BadWord: A word names no parameter, or its value is not of the parameter's type.
    """
    given: dict[str, Any] = {}
    positions = sorted((said["position"], name) for name, said in schemas.items() if "position" in said)
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key.lstrip("@").isidentifier():
            free = [name for _, name in positions if name not in given]
            if not free:
                raise BadWord(f"{word!r} is no parameter; parameters are key=value")
            key, text = free[0], word
        if key.startswith("@"):
            key, text = key[1:], _file(text)
        try:
            value = _cast(text, schemas.get(key, {}).get("type"))
        except (ValueError, SyntaxError) as error:
            kind = schemas[key]["type"]
            raise BadWord(f"{key}={text!r} is no {kind}: {error}") from None
        if isinstance(value, list) and isinstance(given.get(key), list):
            given[key] += value
        else:
            given[key] = value
    return given


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise BadWord(f"the file {path} cannot be read: {error.strerror}") from None


def _cast(text: str, kind: Any) -> Any:
    if kind == "array":
        return _array(text)
    if kind == "object":
        return _object(text)
    if kind == "boolean":
        return ast.literal_eval(text.capitalize())
    if kind == "integer":
        return int(text)
    return float(text) if kind == "number" else text


def _array(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return [part.strip() for part in text.split(",")]
    return value if isinstance(value, list) else [value]


def _object(text: str) -> Any:
    if text.lstrip().startswith("{"):
        return json.loads(text)
    pairs = [part.partition("=") for part in text.split(",") if part]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("an object is JSON, or a=1,b=2")
    return {key: value for key, _, value in pairs}
