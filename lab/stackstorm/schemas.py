"""JSON Schema as StackStorm speaks it: draft 4, with a boolean `required` on the property itself, and with defaults.

Three more words are known on a parameter (`secret`, `immutable`, `position`), and an optional property, or one whose
default is null, may be null.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jsonschema
import orjson
from jsonschema.validators import Draft3Validator, Draft4Validator, create
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from lab.stackstorm.errors import Invalid

_NESTED = "urn:lab:stackstorm:nested-schema"
_PARAMETER = "urn:lab:stackstorm:parameter-schema"
_ANYTHING = {"anyOf": [{"type": kind} for kind in ("array", "boolean", "integer", "number", "object", "string")]}


def _repointed(node: Any) -> Any:
    """The same schema with every `$ref: '#'` pointing at the nested dialect."""
    if isinstance(node, dict):
        return {key: _NESTED if (key, value) == ("$ref", "#") else _repointed(value) for key, value in node.items()}
    return [_repointed(each) for each in node] if isinstance(node, list) else node


def _dialect(identifier: str, *, closed: bool, single_type: bool) -> dict[str, Any]:
    schema: dict[str, Any] = _repointed(copy.deepcopy(Draft4Validator.META_SCHEMA))
    schema["id"] = identifier
    boolean = {"type": "boolean", "default": False}
    schema["properties"] |= {
        "required": boolean,
        "secret": boolean,
        "immutable": boolean,
        "position": {"type": "number", "minimum": 0},
    }
    if single_type:
        schema["properties"]["type"] = {"$ref": "#/definitions/simpleTypes"}
        schema["properties"].pop("format", None)
    if closed:
        schema["additionalProperties"] = False
    return schema


_REGISTRY: Registry[Any] = Registry().with_resources(
    (uri, Resource.from_contents(_dialect(uri, closed=True, single_type=single), default_specification=DRAFT4))
    for uri, single in ((_NESTED, False), (_PARAMETER, True))
)

#: What one parameter of an action, or one item of a config schema, may say about itself.
PARAMETER = {"$ref": _PARAMETER}

#: What a schema itself may say.
SCHEMA = _dialect("urn:lab:stackstorm:schema", closed=False, single_type=False)

Validator = create(
    meta_schema=SCHEMA,
    validators={name: check for name, check in Draft4Validator.VALIDATORS.items() if name != "required"}
    | {"properties": Draft3Validator.VALIDATORS["properties"]},
    version="stackstorm",
    type_checker=Draft4Validator.TYPE_CHECKER,
    id_of=Draft4Validator.ID_OF,  # type: ignore[arg-type]
)


class Problem(NamedTuple):
    """One thing that is wrong, and where."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


def errors(instance: Any, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Each thing that is wrong with `instance`; nothing when it is valid."""
    found = Validator(schema, registry=_REGISTRY).iter_errors(instance)
    for error in sorted(found, key=lambda error: [str(part) for part in error.absolute_path]):
        best = jsonschema.exceptions.best_match([error]) or error
        where = ".".join(str(part) for part in best.absolute_path)
        yield Problem(where, best.message)


class DoesNotFit(Invalid):
    """An instance is not valid; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def validate(
    instance: Any, schema: Mapping[str, Any], *, nullable: bool = True, defaults: bool = True, trusted: bool = False
) -> Any:
    """The instance with its defaults filled in, checked against the schema.

    Args:
        instance: What was given; it is left as it is.
        schema: The schema, in StackStorm's dialect.
        nullable: Whether optional properties may be null.
        defaults: Whether to fill in defaults of missing (or null) properties.
        trusted: The schema is the lab's own, and need not be checked itself.

    Raises:
        DoesNotFit: The instance is not valid; the message names the place.
        Invalid: The schema itself is wrong.
    """
    cleaned = copy.deepcopy(instance)
    schema, flaw = _prepared(orjson.dumps(schema, default=str), nullable=nullable and defaults, trusted=trusted)
    if defaults and schema.get("type") == "object" and isinstance(cleaned, dict):
        _fill_object(cleaned, schema)
    if flaw is not None:
        raise Invalid(f"the schema itself is wrong: {flaw}")
    for problem in errors(cleaned, schema):
        raise DoesNotFit(problem)
    return cleaned


@functools.lru_cache(maxsize=1024)
def _prepared(schema: bytes, *, nullable: bool, trusted: bool) -> tuple[dict[str, Any], Problem | None]:
    """A schema as it is applied, and what is wrong with it; looking at it costs more than applying it."""
    said: dict[str, Any] = orjson.loads(schema)
    if nullable:
        said = _with_nulls(said)
    return said, None if trusted else next(errors(said, SCHEMA), None)


def of_parameters(parameters: Mapping[str, Any], *, extra: bool = False) -> dict[str, Any]:
    """The schema of a whole set of parameters, built from each parameter's own."""
    if not parameters:
        return {}
    return {
        "type": "object",
        "properties": {name: said or _ANYTHING for name, said in parameters.items()},
        "additionalProperties": extra,
    }


def _is(kind: str, schema: Mapping[str, Any]) -> bool:
    said = schema.get("type")
    return said == kind or (isinstance(said, list) and kind in said)


def _with_nulls(schema: Mapping[str, Any]) -> dict[str, Any]:
    loose = copy.deepcopy(dict(schema))
    for name, said in loose.get("properties", {}).items():
        if not isinstance(said, dict):
            continue
        if ("default" in said or not said.get("required", False)) and said.get("default") is None:
            _allow_null(said)
        if _is("array", said) and said.get("items"):
            if isinstance(said["items"], list):
                raise Invalid(f"the schema itself is wrong: {name}.items: StackStorm fails on a list of schemas here")
            if said["items"].get("properties"):
                said["items"] = _with_nulls(said["items"])
        if _is("object", said) and said.get("properties"):
            loose["properties"][name] = _with_nulls(said)
    return loose


def _allow_null(said: dict[str, Any]) -> None:
    for several in ("anyOf", "oneOf"):
        if several in said:
            if not any(option.get("type", "string") == "null" for option in said[several]):
                said[several].append({"type": "null"})
            return
    kinds = said.get("type", "string")
    kinds = list(kinds) if isinstance(kinds, list) else [kinds]
    if "null" not in kinds:
        said["type"] = [*kinds, "null"]


def _fill_object(instance: Any, schema: Mapping[str, Any]) -> None:
    if not isinstance(instance, dict):
        return
    for name, said in schema.get("properties", {}).items():
        if "default" in said and instance.get(name) is None:
            instance[name] = copy.deepcopy(said["default"])
        if instance.get(name) is not None:
            _fill(instance[name], said)


def _fill(value: Any, said: Mapping[str, Any]) -> None:
    if _is("array", said):
        _fill_array(value, said)
    elif _is("object", said):
        _fill_object(value, said)


def _fill_array(instance: Any, schema: Mapping[str, Any]) -> None:
    items = schema.get("items") or []
    if not isinstance(instance, list):
        return
    each = [items] * len(instance) if isinstance(items, dict) else items
    for index, said in enumerate(each[: len(instance)]):
        if "default" in said and instance[index] is None:
            instance[index] = copy.deepcopy(said["default"])
        if instance[index] is not None:
            _fill(instance[index], said)
