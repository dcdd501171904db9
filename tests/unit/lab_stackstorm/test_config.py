from __future__ import annotations

from typing import Any

import pytest

from lab.stackstorm import config
from lab.stackstorm.errors import Invalid
from lab.stackstorm.templates import Templates

SCHEMA: dict[str, Any] = {
    "plain": {"type": "string", "default": "d"},
    "token": {"type": "string", "secret": True},
    "places": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"size": {"type": "integer", "default": 3}, "key": {"type": "string", "secret": True}},
        },
    },
    "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}},
    "nested": {"type": "object", "properties": {"a": {"type": "integer", "default": 1}}},
    "loose": {"type": "object"},
}


def resolve(templates: Templates, said: dict[str, Any]) -> dict[str, Any]:
    return config.resolve(said, SCHEMA, templates=templates, datastore=templates._datastore, user="ann")


def test_defaults_are_filled_in_at_every_depth(templates: Templates) -> None:
    assert resolve(templates, {"places": {"x": {}, "y": {"size": 5}}, "rows": [{}, {"n": 2}]}) == {
        "plain": "d",
        "places": {"x": {"size": 3}, "y": {"size": 5}},
        "rows": [{"n": 1}, {"n": 2}],
        "nested": {"a": 1},
    }


def test_an_object_with_properties_that_is_absent_becomes_its_defaults(templates: Templates) -> None:
    assert resolve(templates, {}) == {"plain": "d", "places": {}, "rows": [], "nested": {"a": 1}}


def test_values_of_the_datastore_are_put_in(templates: Templates) -> None:
    templates._datastore.set("a", "1")
    found = resolve(templates, {"plain": "{{ st2kv.system.a }}", "loose": {"x": ["{{ st2kv.system.none }}"]}})
    assert (found["plain"], found["loose"]) == ("1", {"x": [None]})


def test_a_secret_item_is_decrypted_at_any_depth(templates: Templates) -> None:
    templates._datastore.set("t", "open", secret=True)
    found = resolve(templates, {"token": "{{ st2kv.system.t }}", "places": {"x": {"key": "{{ st2kv.system.t }}"}}})
    assert (found["token"], found["places"]["x"]["key"]) == ("open", "open")


def test_a_secret_item_that_decrypts_by_hand_is_decrypted_twice_and_fails(templates: Templates) -> None:
    templates._datastore.set("t", "open", secret=True)
    with pytest.raises(Invalid, match="twice"):
        resolve(templates, {"token": "{{ st2kv.system.t | decrypt_kv }}"})


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"plain": 5}, "configs/p.yaml: plain: 5 is not of type"),
        ({"places": {"x": {"size": "big"}}}, "places.x.size"),
        ({"token": "{{ st2kv.system.t | decrypt_kv }}"}, "token: is secret, so it is decrypted anyway"),
    ],
)
def test_a_config_that_does_not_fit_is_refused_with_its_key(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        config.check(said, SCHEMA, pack="p")


def test_a_key_that_the_schema_does_not_know_is_let_through() -> None:
    config.check({"more": 1, "plain": None}, SCHEMA, pack="p")
