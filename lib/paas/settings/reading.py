"""From a plain mapping to a frozen dataclass, with an error that names the key and what would be right."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from paas.errors import ConfigError

T = TypeVar("T")

_WORDS = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}


def read(cls: type[T], values: object, key: str) -> T:
    """Build the dataclass `cls` from `values`.

    A field without a default is required. `metadata` of a field may hold `pattern` (a regular expression),
    `expected` (what to tell the user), `minimum` and `maximum`. None counts as absent.

    Args:
        cls: A dataclass of strings, booleans, numbers, Literals, tuples, dicts and other such dataclasses.
        values: A mapping, as it stands in the configuration.
        key: The dotted key of `values`, for errors.

    Raises:
        ConfigError: A key is unknown, missing or of the wrong kind.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(key, f"is {_shown(values)}; expected a mapping")
    hints = typing.get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    given = {name: value for name, value in values.items() if value is not None}
    for name in given:
        if name not in fields:
            raise ConfigError(f"{key}.{name}", f"is not known; expected one of {', '.join(sorted(fields))}")
    built: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            built[name] = _convert(hints[name], given[name], f"{key}.{name}", field.metadata)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{key}.{name}", f"is missing; expected {_expected(hints[name], field.metadata)}")
    return cls(**built)


def read_each(cls: type[T], values: object, key: str) -> dict[str, T]:
    """Read a mapping of names to `cls`; a field `name` of `cls` is filled with the name.

    Raises:
        ConfigError: As `read`.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise ConfigError(key, f"is {_shown(values)}; expected a mapping of names")
    named = any(field.name == "name" for field in dataclasses.fields(cls))  # type: ignore[arg-type]
    return {
        str(name): read(
            cls, {**entry, "name": str(name)} if named and isinstance(entry, Mapping) else entry, f"{key}.{name}"
        )
        for name, entry in values.items()
    }


def _convert(hint: Any, value: Any, key: str, metadata: Mapping[str, Any]) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
        return _convert(inner, value, key, metadata)
    if dataclasses.is_dataclass(hint):
        return read(typing.cast("type[Any]", hint), value, key)
    if origin is Literal:
        if value not in get_args(hint):
            raise ConfigError(key, f"is {_shown(value)}; expected {_expected(hint, metadata)}")
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(key, f"is {_shown(value)}; expected a list")
        inner = get_args(hint)[0]
        return tuple(_convert(inner, item, f"{key}[{index}]", metadata) for index, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(key, f"is {_shown(value)}; expected a mapping")
        inner = get_args(hint)[1]
        return {str(name): _convert(inner, item, f"{key}.{name}", {}) for name, item in value.items()}
    if hint is Any:
        return value
    return _scalar(hint, value, key, metadata)


def _scalar(hint: Any, value: Any, key: str, metadata: Mapping[str, Any]) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(key, f"is {_shown(value)}; expected {_expected(hint, metadata)}")
    pattern = metadata.get("pattern")
    if pattern and not re.search(pattern, value):
        # A field with a pattern may hold a secret by mistake, so the value is not repeated.
        raise ConfigError(key, f"does not fit; expected {_expected(hint, metadata)}")
    low = metadata.get("minimum")
    if low is not None and value < low:
        raise ConfigError(key, f"is {value}; expected at least {low}")
    high = metadata.get("maximum")
    if high is not None and value > high:
        raise ConfigError(key, f"is {value}; expected at most {high}")
    return value


def _expected(hint: Any, metadata: Mapping[str, Any]) -> str:
    if "expected" in metadata:
        return str(metadata["expected"])
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(hint))
    return _WORDS.get(hint, "a value")


def _shown(value: object) -> str:
    """A value for an error: only its kind where it might be a secret."""
    return repr(value) if isinstance(value, (bool, int, float)) or value is None else f"a {type(value).__name__}"
