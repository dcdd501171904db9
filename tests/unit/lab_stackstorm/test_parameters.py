from __future__ import annotations

from typing import Any

import pytest

from lab.stackstorm.errors import ParameterError
from lab.stackstorm.filters import NONE
from lab.stackstorm.parameters import Rendering
from lab.stackstorm.resources import Action
from lab.stackstorm.runner_types import RUNNER_TYPES
from lab.stackstorm.templates import Templates

TRIGGER = {"name": "x", "n": 7, "labels": {"a": 'it\'s "é"'}, "none": None, "flag": True}


def rendering(templates: Templates, parameters: dict[str, Any], **more: Any) -> Rendering:
    action = Action("p", "a", RUNNER_TYPES["python-script"], parameters)
    return Rendering(templates, action, context={"user": "ann", "pack": "p"}, config={"key": "from config"}, **more)


@pytest.mark.parametrize(
    ("kind", "template", "expected"),
    [
        ("string", "{{ trigger.name }}", "x"),
        ("string", "{{ trigger.none }}", "None"),
        ("string", "{{ trigger.none | use_none }}", None),
        ("integer", "{{ trigger.n }}", 7),
        ("number", "{{ trigger.n }}", 7.0),
        ("boolean", "{{ trigger.flag }}", True),
        ("object", "{{ trigger.labels }}", {"a": 'it\'s "é"'}),
        ("object", "{{ trigger.labels | to_json_string }}", {"a": 'it\'s "é"'}),
        ("object", "{{ trigger.none }}", None),
        ("array", ["{{ trigger.n }}", 1], ["7", 1]),
        ("object", {"k": "{{trigger}}"}, {"k": TRIGGER}),
        ("string", "{{ config_context.key }}", "from config"),
        ("string", "{{ action_context.user }}", "ann"),
        ("string", "{{ other }}!", "o!"),
        ("string", "a {{ b", "a {{ b"),
    ],
)
def test_a_template_is_rendered_and_cast(templates: Templates, kind: str, template: Any, expected: Any) -> None:
    parameters = {"it": {"type": kind}, "other": {"type": "string"}}
    live = rendering(templates, parameters, extra={"trigger": TRIGGER}).live({"it": template, "other": "o"})
    assert live["it"] == expected


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"a": "{{ nosuch }}"}, 'Dependency unsatisfied in variable "nosuch"'),
        ({"a": "{{ a }}"}, "Cyclic dependency"),
        ({"a": "{{ b }}", "b": "{{ a }}"}, "Cyclic dependency"),
        ({"a": "{{ trigger.absent }}"}, 'Failed to render parameter "a"'),
    ],
)
def test_what_cannot_be_rendered_is_named(templates: Templates, given: dict[str, Any], sentence: str) -> None:
    parameters = {"a": {"type": "string"}, "b": {"type": "string"}}
    with pytest.raises(ParameterError, match=sentence):
        rendering(templates, parameters, extra={"trigger": {}}).live(given)


@pytest.mark.parametrize(("kind", "value"), [("integer", "x"), ("string", 5), ("object", "{"), ("integer", NONE)])
def test_what_cannot_be_cast_is_an_error(templates: Templates, kind: str, value: Any) -> None:
    with pytest.raises((ValueError, SyntaxError, TypeError)):
        rendering(templates, {"a": {"type": kind}}).live({"a": value})


def test_live_parameters_hold_only_what_was_given(templates: Templates) -> None:
    assert rendering(templates, {"a": {"type": "string"}, "b": {"default": 1}}).live({"a": "x"}) == {"a": "x"}


def test_a_default_that_is_a_template_is_live_too(templates: Templates) -> None:
    parameters = {"a": {"type": "string"}, "b": {"type": "string", "default": "{{ a }}!"}}
    assert rendering(templates, parameters).live({"a": "x"}) == {"a": "x", "b": "x!"}


def test_final_parameters_are_all_that_are_declared(templates: Templates) -> None:
    parameters = {"a": {"type": "string"}, "b": {"type": "integer", "default": 3}, "timeout": {"default": 9}}
    runner, action = rendering(templates, parameters).final({"a": None})
    assert action == {"a": None, "b": 3}
    assert runner["timeout"] == 9
    assert runner["log_level"] == "DEBUG"


def test_what_was_given_is_not_rendered_a_second_time(templates: Templates) -> None:
    _, action = rendering(templates, {"a": {"type": "string"}}).final({"a": "x{{y}}"})
    assert action == {"a": "x{{y}}"}


def test_a_null_for_a_parameter_with_a_default_is_the_default(templates: Templates) -> None:
    _, action = rendering(templates, {"a": {"type": "integer", "default": 3}}).final({"a": None})
    assert action == {"a": 3}


def test_a_missing_key_of_the_datastore_is_an_empty_string(templates: Templates) -> None:
    assert rendering(templates, {"a": {"type": "string"}}).live({"a": "[{{ st2kv.system.no.such }}]"}) == {"a": "[]"}


def test_a_secret_of_the_datastore_is_decrypted_by_its_filter(templates: Templates) -> None:
    templates._datastore.set("hidden", "open", secret=True)
    parameters = {"a": {"type": "string"}, "b": {"type": "string"}}
    live = rendering(templates, parameters).live(
        {"a": "{{ st2kv.system.hidden | decrypt_kv }}", "b": "{{ st2kv.system.hidden }}"}
    )
    assert live["a"] == "open"
    assert live["b"] != "open"
