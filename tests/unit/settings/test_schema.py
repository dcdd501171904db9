"""`config.schema.yaml` and the dataclasses say the same."""

from __future__ import annotations

import dataclasses
import types
import typing
from pathlib import Path

import pytest
import yaml

from paas.settings import (
    AwsSettings,
    ClusterSettings,
    ConsulSettings,
    DatabaseSettings,
    EnvironmentSettings,
    Settings,
    SyncPair,
    ThirdPartySettings,
    VaultSettings,
)

REPOSITORY = Path(__file__).resolve().parents[3]
SCHEMA = yaml.safe_load((REPOSITORY / "config.schema.yaml").read_text())
NAMED = {
    "clusters": ClusterSettings,
    "consul": ConsulSettings,
    "consul_sync": SyncPair,
    "vault": VaultSettings,
    "traffic": EnvironmentSettings,
}
PLAIN = {"aws": AwsSettings, "databases": DatabaseSettings, "third_party": ThirdPartySettings}
TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def entries(cls, properties, key):
    """Every setting of a dataclass, deep: (dotted key, field, type, property or None)."""
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        if field.name == "name" and cls in NAMED.values():
            continue
        hint = hints[field.name]
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            (hint,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
        found = properties.get(field.name)
        yield f"{key}.{field.name}", field, hint, found
        if dataclasses.is_dataclass(hint) and found:
            yield from entries(hint, found.get("properties", {}), f"{key}.{field.name}")
        elif typing.get_origin(hint) is tuple and dataclasses.is_dataclass(typing.get_args(hint)[0]) and found:
            yield from entries(typing.get_args(hint)[0], found["items"].get("properties", {}), f"{key}.{field.name}[]")
        elif typing.get_origin(hint) is dict and dataclasses.is_dataclass(typing.get_args(hint)[1]) and found:
            inner = found["additionalProperties"].get("properties", {})
            yield from entries(typing.get_args(hint)[1], inner, f"{key}.{field.name}.NAME")


def keys_of(properties, key):
    for name, found in properties.items():
        yield f"{key}.{name}"
        yield from keys_of(found.get("properties", {}), f"{key}.{name}")
        yield from keys_of(found.get("items", {}).get("properties", {}), f"{key}.{name}[]")
        if found.get("additionalProperties"):
            yield from keys_of(found["additionalProperties"].get("properties", {}), f"{key}.{name}.NAME")


SECTIONS = [
    *((name, cls, SCHEMA[name]["additionalProperties"]["properties"]) for name, cls in NAMED.items()),
    *((name, cls, SCHEMA[name]["properties"]) for name, cls in PLAIN.items()),
]
ENTRIES = [entry for name, cls, properties in SECTIONS for entry in entries(cls, properties, name)]
each_entry = pytest.mark.parametrize(("key", "field", "hint", "found"), ENTRIES, ids=[entry[0] for entry in ENTRIES])


def test_the_sections_are_the_same():
    assert set(SCHEMA) == set(NAMED) | set(PLAIN)


def test_the_schema_knows_no_key_that_the_settings_do_not():
    described = {key for name, _, properties in SECTIONS for key in keys_of(properties, name)}
    assert described - {entry[0] for entry in ENTRIES} == set()


@each_entry
def test_every_setting_is_described(key, field, hint, found):
    assert found, f"{key} is not in config.schema.yaml"
    assert found["description"]


@each_entry
def test_every_setting_has_its_type(key, field, hint, found):
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        assert found["type"] == "string"
        assert found["enum"] == list(typing.get_args(hint))
    elif origin is tuple:
        assert found["type"] == "array"
    elif origin is dict or dataclasses.is_dataclass(hint):
        assert found["type"] == "object"
    else:
        assert found["type"] == TYPES[hint]


@each_entry
def test_every_setting_has_its_default(key, field, hint, found):
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        assert found.get("required") is True
        return
    default = field.default_factory() if field.default is dataclasses.MISSING else field.default
    if dataclasses.is_dataclass(hint):
        default = {}
    assert not found.get("required")
    assert found.get("default") == (list(default) if isinstance(default, tuple) else default)


@each_entry
def test_every_limit_is_the_same(key, field, hint, found):
    assert found.get("minimum") == field.metadata.get("minimum")
    assert found.get("maximum") == field.metadata.get("maximum")


def defaults(properties):
    return {
        name: defaults(found["properties"]) if "properties" in found else found.get("default")
        for name, found in properties.items()
    }


def test_the_schemas_defaults_are_settings_that_load():
    """StackStorm fills the schema's defaults in before the pack sees them, None where there is none."""
    loaded = Settings.load({name: defaults(SCHEMA[name]["properties"]) for name in PLAIN})
    assert loaded == Settings.load({})


def test_the_example_is_a_configuration_that_loads():
    example = yaml.safe_load((REPOSITORY / "kubernetes.yaml.example").read_text())
    settings = Settings.load(example)
    assert set(settings.clusters) == {"paasA", "paasB"}
    assert settings.consul_of("paasB").name == "paasB"
