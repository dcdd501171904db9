from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.stackstorm.chain_definition import read_chain
from lab.stackstorm.errors import Invalid
from lab.stackstorm.resources import Action
from lab.stackstorm.runner_types import RUNNER_TYPES
from lab.stackstorm.service import StackStorm

NOOP = {"name": "a", "ref": "core.noop"}


def chain(tmp_path: Path, said: dict[str, Any]) -> Path:
    path = tmp_path / "chain.yaml"
    path.write_text(yaml.safe_dump(said))
    return path


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"chain": []}, "no tasks"),
        ({"chain": [{"name": "a"}]}, "'ref' is a required property"),
        ({"chain": [{**NOOP, "onsuccess": "b"}]}, "Additional properties"),
        ({"chain": [{**NOOP, "on-success": "b"}]}, 'name "b" referenced in "on-success" in task "a"'),
        ({"chain": [NOOP], "default": "b"}, 'name "b" referenced in "default"'),
        ({"chain": [{**NOOP, "params": {"x": 1}, "parameters": {"x": 1}}]}, "not both"),
        ({"chain": [{**NOOP, "publish": []}]}, "publish"),
    ],
)
def test_a_chain_that_is_wrong_is_refused(tmp_path: Path, said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_chain(chain(tmp_path, said))


def test_a_chain_begins_with_the_first_task_that_no_other_leads_to(tmp_path: Path) -> None:
    said = {"chain": [{"name": "b", "ref": "core.noop"}, {**NOOP, "on-success": "b"}]}
    assert read_chain(chain(tmp_path, said)).default == "a"


def run(service: StackStorm, tmp_path: Path, tasks: list[dict[str, Any]], **given: Any) -> tuple[str, dict[str, Any]]:
    path = chain(tmp_path, {"chain": tasks})
    parameters = {name: {"type": "string"} for name in given}
    action = Action("core", "test_chain", RUNNER_TYPES["action-chain"], parameters, file=path)
    service.registry._actions[action.ref] = action
    execution = service.actions.request(action.ref, given)
    done = service.executions.wait(execution.id, timeout=20)
    return done.status, done.result


ECHO = {"name": "say", "ref": "core.local", "parameters": {"cmd": "echo {{ text }}"}}


def test_an_undefined_variable_ends_the_chain_without_its_failure_path(service: StackStorm, tmp_path: Path) -> None:
    tasks = [{**ECHO, "on-failure": "b"}, {"name": "b", "ref": "core.noop"}]
    status, result = run(service, tmp_path, tasks)
    assert status == "failed"
    assert result["tasks"] == []
    assert result["error"] == (
        'Failed to run task "say". Parameter rendering failed.. Failed rendering value for action parameter "cmd" in '
        "task \"say\" (template string=echo {{ text }}): 'text' is undefined"
    )


def test_a_quote_in_text_that_goes_into_an_object_ends_the_chain(service: StackStorm, tmp_path: Path) -> None:
    task = {"name": "a", "ref": "core.local", "parameters": {"cmd": "true", "env": {"k": "{{ text }}"}}}
    status, result = run(service, tmp_path, [task], text='a"b')
    assert status == "failed"
    assert result["error"] == "'JSONDecodeError' object has no attribute 'key'"


def test_a_parameter_that_the_action_has_not_fails_the_task_alone(service: StackStorm, tmp_path: Path) -> None:
    first = {"name": "a", "ref": "core.local", "parameters": {"cmd": "true", "x": 1}, "on-failure": "b"}
    status, result = run(service, tmp_path, [first, {"name": "b", "ref": "core.noop"}])
    assert status == "succeeded"
    assert (result["tasks"][0]["state"], result["tasks"][0]["execution_id"]) == ("failed", None)
    assert "Additional properties" in result["tasks"][0]["result"]["error"]


def test_a_value_that_cannot_be_cast_ends_the_chain_with_its_tasks_lost(service: StackStorm, tmp_path: Path) -> None:
    task = {"name": "a", "ref": "core.local", "parameters": {"cmd": "true", "timeout": "{{ text }}"}}
    status, result = run(service, tmp_path, [task], text="soon")
    assert status == "failed"
    assert result["error"].startswith(
        'Failed to cast value "soon" (type: str) for parameter "timeout" of type "integer"'
    )
    assert "tasks" not in result


def test_a_publish_that_cannot_be_rendered_ends_the_chain_with_its_tasks_lost(
    service: StackStorm, tmp_path: Path
) -> None:
    status, result = run(service, tmp_path, [{**NOOP, "publish": {"x": "{{ a.nothing.there }}"}}])
    assert status == "failed"
    assert 'publish parameter "x" in task "a"' in result["error"]
    assert "tasks" not in result


def test_an_action_that_is_not_there_ends_the_chain(service: StackStorm, tmp_path: Path) -> None:
    status, result = run(service, tmp_path, [{"name": "a", "ref": "core.none", "on-failure": ""}])
    assert status == "failed"
    assert 'Action with reference "core.none" doesn\'t exist' in result["error"]


def test_a_null_is_the_string_none_unless_use_none_says_otherwise(service: StackStorm, tmp_path: Path) -> None:
    tasks = [
        {
            "name": "a",
            "ref": "core.local",
            "parameters": {"cmd": "echo [{{ a }}] [{{ b }}]", "cwd": "{{ b | use_none }}"},
        }
    ]
    path = chain(tmp_path, {"chain": tasks})
    parameters = {"a": {"type": "string"}, "b": {"type": "string"}}
    action = Action("core", "nulls", RUNNER_TYPES["action-chain"], parameters, file=path)
    service.registry._actions[action.ref] = action
    done = service.executions.wait(service.actions.request(action.ref, {"a": "x"}).id, timeout=20)
    child = service.executions.children(done.id)[0]
    assert child.parameters == {"cmd": "echo [x] [None]", "cwd": None}
