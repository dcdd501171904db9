"""A pack's configuration: what the site wrote, with values from the datastore and the schema's defaults filled in."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lab.stackstorm import schemas
from lab.stackstorm.datastore import Datastore
from lab.stackstorm.errors import Invalid
from lab.stackstorm.templates import Templates, is_template


def check(config: Mapping[str, Any], schema: Mapping[str, Any], *, pack: str) -> None:
    """Check a config against its schema, as its registration does.

    Raises:
        Invalid: It does not fit, or decrypts by hand what is decrypted anyway; the message names the key.
    """
    try:
        schemas.validate(dict(config), schemas.of_parameters(schema, extra=True))
    except Invalid as problem:
        raise Invalid(f"configs/{pack}.yaml: {problem}") from None
    for key, value in config.items():
        if is_template(value) and "decrypt_kv" in value and schema.get(key, {}).get("secret"):
            raise Invalid(f"configs/{pack}.yaml: {key}: is secret, so it is decrypted anyway; leave out `decrypt_kv`")


def resolve(
    config: Mapping[str, Any], schema: Mapping[str, Any], *, templates: Templates, datastore: Datastore, user: str
) -> dict[str, Any]:
    """The config as an action or a sensor is given it.

    Raises:
        RuntimeError: A template in it cannot be rendered; the message names the key, as StackStorm's does.
        Invalid: A secret value cannot be decrypted.
    """
    resolver = _Resolver(templates, datastore, user)
    done = copy.deepcopy(dict(config))
    resolver.fill(done, schema, ())
    _assign_defaults(done, schema)
    return done


class _Resolver:
    """Puts the datastore's values in, wherever a config item is a template."""

    def __init__(self, templates: Templates, datastore: Datastore, user: str) -> None:
        self._templates = templates
        self._datastore = datastore
        self._user = user

    def fill(self, config: Any, schema: Any, path: tuple[str, ...]) -> None:
        items: Iterable[tuple[Any, Any]] = config.items() if isinstance(config, dict) else enumerate(config)
        for key, value in list(items):
            said = _schema_at(schema, key)
            here = (*path, str(key))
            if isinstance(value, dict):
                self.fill(value, _of_object(said, value), here)
            elif isinstance(value, list):
                self.fill(value, _of_array(said, len(value)), here)
            elif is_template(value):
                config[key] = self._value(".".join(here), value, secret=bool(said.get("secret", False)))

    def _value(self, key: str, template: str, *, secret: bool) -> Any:
        try:
            text = self._templates.render(template, {"st2kv": self._templates.keys(user=self._user)})
        except Exception as error:  # a template may raise anything
            raise RuntimeError(
                f'Failed to render dynamic configuration value for key "{key}" with value "{template}": {error}'
            ) from error
        if not text:
            return None
        return self._datastore.decrypt(text) if secret else text


def _schema_at(schema: Any, key: Any) -> Mapping[str, Any]:
    if isinstance(schema, list):
        return schema[key] if key < len(schema) else {}
    return schema.get(key) or {} if isinstance(schema, dict) else {}


def _of_object(said: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """One schema a key: from `properties`, all matching `patternProperties`, or additionalProperties."""
    named = said.get("properties") or {}
    found: dict[str, Any] = {key: {} for key in keys}
    found.update(named)
    extra = said.get("additionalProperties")
    for key in set(found) - set(named):
        patterns = [each for pattern, each in (said.get("patternProperties") or {}).items() if re.search(pattern, key)]
        if patterns:
            found[key] = {name: value for each in patterns for name, value in each.items()}
        elif isinstance(extra, dict):
            found[key] = extra
    return found


def _of_array(said: Mapping[str, Any], count: int) -> list[Any]:
    items = said.get("items", [])
    each = [items] * count if isinstance(items, dict) else list(items)
    more = said.get("additionalItems")
    if isinstance(more, dict) and more:
        each += [more] * (count - len(each))
    return each


def _assign_defaults(config: Any, schema: Any) -> None:
    """Defaults, at every depth; an object or array with a schema of its own becomes empty where nothing was said."""
    pairs: Iterable[tuple[Any, Any]] = schema.items() if isinstance(schema, dict) else enumerate(schema)
    for key, said in pairs:
        there = key in config if isinstance(config, dict) else key < len(config)
        if "default" in said and not there:
            config[key] = copy.deepcopy(said["default"])
        value = config.get(key) if isinstance(config, dict) else config[key] if key < len(config) else None
        kind = said.get("type")
        if kind == "object" and any(
            said.get(name) for name in ("properties", "patternProperties", "additionalProperties")
        ):
            value = config[key] = value or {}
            _assign_defaults(value, _of_object(said, value))
        elif kind == "array" and (said.get("items") or said.get("additionalItems")):
            value = config[key] = value or []
            _assign_defaults(value, _of_array(said, len(value)))
