"""What a schema forbids, in the words of the API server: one of its errors for each of the JSON Schema library's."""

from __future__ import annotations

from typing import Any

from .errors import Cause, invalid_type, invalid_value, required, unsupported

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def path_of(parts: Any) -> str:
    """`spec.users[0].name`."""
    words = ""
    for part in parts:
        words += f"[{part}]" if isinstance(part, int) else (f".{part}" if words else str(part))
    return words


def causes(error: Any) -> list[Cause]:
    """What a JSON Schema error says in the API server's words."""
    path = path_of(error.absolute_path)
    rule, wanted, value = error.validator, error.validator_value, error.instance
    if rule == "required":
        missing = [name for name in wanted if name not in value and error.message.startswith(repr(name))]
        return [required(f"{path}.{name}" if path else name) for name in missing]
    if rule == "type":
        wanted = wanted if isinstance(wanted, str) else ",".join(one for one in wanted if one != "null")
        found = "null" if value is None else _TYPES[type(value)]
        return [invalid_type(path, found, f'{path} in body must be of type {wanted}: "{found}"')]
    if rule == "enum":
        return [unsupported(path, value, [one for one in wanted if one is not None])]
    if rule in ("oneOf", "anyOf"):
        return [_of_many(path, rule, error)]
    words = _WORDS.get(rule)
    if words is None:
        return [invalid_value(path, value, f"{path} in body {error.message}")]
    return [words(path, value, wanted, error)]


def _of_many(path: str, rule: str, error: Any) -> Cause:
    if rule == "anyOf":
        words = f'"{path}" must validate at least one schema (anyOf)'
    else:
        broken = {one.schema_path[0] for one in error.context}
        valid = len(error.validator_value) - len(broken)
        found = f"{valid} valid alternatives" if valid else "none valid"
        words = f'"{path}" must validate one and only one schema (oneOf). Found {found}'
    return Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": {words}')


def _long(unit: str, comparison: str) -> Any:
    def words(path: str, value: Any, wanted: Any, error: Any) -> Cause:
        del error
        return invalid_value(path, value, f"{path} in body should {comparison} {wanted} {unit}".rstrip())

    return words


def _minimum(path: str, value: Any, wanted: Any, error: Any) -> Cause:
    strict = error.schema.get("exclusiveMinimum")
    return invalid_value(
        path, value, f"{path} in body should be greater than {'' if strict else 'or equal to '}{wanted}"
    )


def _maximum(path: str, value: Any, wanted: Any, error: Any) -> Cause:
    strict = error.schema.get("exclusiveMaximum")
    return invalid_value(path, value, f"{path} in body should be less than {'' if strict else 'or equal to '}{wanted}")


def _too(noun: str, unit: str) -> Any:
    def words(path: str, value: Any, wanted: Any, error: Any) -> Cause:
        del error
        reason = "FieldValueTooLong" if noun == "long" else "FieldValueTooMany"
        if noun == "long":
            return Cause(path, reason, f"Too long: may not be more than {wanted} {unit}")
        return Cause(
            path, reason, f"Too many: {len(value)}: must have at most {wanted} item{'' if wanted == 1 else 's'}"
        )

    return words


_WORDS: dict[str, Any] = {
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _long("chars long", "be at least"),
    "maxLength": _too("long", "bytes"),
    "minItems": _long("items", "have at least"),
    "maxItems": _too("many", "items"),
    "minProperties": _long("properties", "have at least"),
    "maxProperties": _too("many", "properties"),
    "pattern": lambda path, value, wanted, error: invalid_value(path, value, f"{path} in body should match '{wanted}'"),
    "format": lambda path, value, wanted, error: invalid_type(
        path, value, f'{path} in body must be of type {wanted}: "{value}"'
    ),
    "multipleOf": _long("", "be a multiple of"),
}
