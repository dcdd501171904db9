"""Structural schemas of custom kinds: pruning, defaulting, validation in the server's words."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import jsonschema

from . import schema_words
from .errors import Cause, Json, bad_request, duplicate
from .kinds import Kind
from .options import WriteOptions

PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR_STRING = "x-kubernetes-int-or-string"
_ROOT = ("apiVersion", "kind", "metadata")


def prune(kind: Kind, value: Json, options: WriteOptions) -> list[str]:
    """Drop the fields that the schema does not know.

    Returns:
        What to warn of.

    Raises:
        ApiError: 400, there were some and the request is strict.
    """
    if not kind.schema or kind.schema.get(PRESERVE):
        return []
    unknown = list(_prune(kind.schema, value, "", root=True))
    if unknown and options.strict:
        words = ", ".join(f'unknown field "{path}"' for path in unknown)
        what = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'
        raise bad_request(f"{what}: strict decoding error: {words}")
    return [f'unknown field "{path}"' for path in unknown] if options.warn else []


def _prune(schema: Json, value: Any, path: str, *, root: bool = False) -> Iterator[str]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _prune(schema.get("items") or {}, item, f"{path}[{position}]")
        return
    if not isinstance(value, dict):
        return
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    known = _ROOT if root or schema.get(EMBEDDED) else ()
    for name in list(value):
        inner = f"{path}.{name}" if path else name
        if name in known:
            continue
        if name in properties:
            yield from _prune(properties[name], value[name], inner)
        elif extra:
            yield from _prune(extra if isinstance(extra, dict) else {PRESERVE: True}, value[name], inner)
        elif not schema.get(PRESERVE):
            del value[name]
            yield inner


def default(schema: Json, value: Any) -> None:
    """Fill in the schema's defaults where fields are missing."""
    if isinstance(value, dict):
        extra = schema.get("additionalProperties")
        properties = schema.get("properties") or {}
        for name, inner in properties.items():
            missing = name not in value or (value[name] is None and not inner.get("nullable"))
            if missing and "default" in inner:
                value[name] = json.loads(json.dumps(inner["default"]))
            if name in value:
                default(inner, value[name])
        if isinstance(extra, dict):
            for name, part in value.items():
                if name not in properties:
                    default(extra, part)
    elif isinstance(value, list):
        for item in value:
            default(schema.get("items") or {}, item)


def validate(kind: Kind, new: Json) -> list[Cause]:
    """What is wrong with an object by its schema; its CEL rules are not evaluated (see docs/lab-kube.md)."""
    validator = _validator(json.dumps(kind.schema, sort_keys=True))
    causes: list[Cause] = []
    found = _without_nulls(kind.schema, new)
    for error in sorted(validator.iter_errors(found), key=_rank):
        for cause in schema_words.causes(error):
            # Of a string's rules the server tells only the first that it breaks.
            if error.validator in _STRING_RULES and any(one.field == cause.field for one in causes):
                continue
            causes.append(cause)
    causes += _unique_lists(kind.schema, new, "")
    return causes


_STRING_RULES = ("maxLength", "minLength", "pattern")
_ORDER = ("required", "type", "enum", *_STRING_RULES)


def _rank(error: Any) -> tuple[list[str], int]:
    position = _ORDER.index(error.validator) if error.validator in _ORDER else len(_ORDER)
    return [str(part) for part in error.absolute_path], position


def _without_nulls(schema: Json, value: Any) -> Any:
    """A required field that is null is missing, by the server's way of seeing it."""
    if isinstance(value, list):
        return [_without_nulls(schema.get("items") or {}, item) for item in value]
    if not isinstance(value, dict):
        return value
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    result = {}
    for name, part in value.items():
        inner = properties.get(name) or (extra if isinstance(extra, dict) else {})
        if part is None and name in (schema.get("required") or ()) and not inner.get("nullable"):
            continue
        result[name] = _without_nulls(inner, part)
    return result


@functools.lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    # Draft 4 is what OpenAPI 3.0 is made from: exclusiveMinimum is a boolean there.
    return jsonschema.Draft4Validator(_as_json_schema(json.loads(schema), root=True), format_checker=_formats())


def _formats() -> jsonschema.FormatChecker:
    import datetime

    checker = jsonschema.FormatChecker(formats=())

    @checker.checks("date-time", raises=ValueError)
    def _date_time(value: object) -> bool:
        if isinstance(value, str):
            datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return True

    return checker


def _as_json_schema(schema: Any, *, root: bool = False) -> Any:
    """A structural schema as JSON Schema: nullable and int-or-string said in its terms."""
    if isinstance(schema, list):
        return [_as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found: Json = {}
    for key, part in schema.items():
        if key in ("properties", "patternProperties"):
            found[key] = {name: _as_json_schema(inner) for name, inner in part.items()}
        elif key in ("items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"):
            found[key] = _as_json_schema(part)
        elif not key.startswith("x-kubernetes-") and key not in (
            "default",
            "nullable",
            "description",
            "example",
            "title",
        ):
            found[key] = part
    if schema.get(INT_OR_STRING):
        found.pop("anyOf", None)
        found["type"] = ["integer", "string"]
    if root:
        found.get("properties", {}).pop("metadata", None)
    if schema.get("nullable") and "type" in found:
        types = found["type"] if isinstance(found["type"], list) else [found["type"]]
        found["type"] = [*types, "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found


def _unique_lists(schema: Json, value: Any, path: str) -> Iterator[Cause]:
    """Lists of type set and map must not name one item twice."""
    if isinstance(value, dict):
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, part in value.items():
            inner = properties.get(name) or (extra if isinstance(extra, dict) else {})
            if inner:
                yield from _unique_lists(inner, part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        seen: list[Any] = []
        kind, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or ()
        for position, item in enumerate(value):
            here = f"{path}[{position}]"
            named = {key: item.get(key) for key in keys} if kind == "map" and isinstance(item, dict) else item
            if kind in ("set", "map"):
                if named in seen:
                    yield duplicate(here, named)
                seen.append(named)
            yield from _unique_lists(schema.get("items") or {}, item, here)
