from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from lab.stackstorm.errors import Invalid
from lab.stackstorm.executions import Execution
from lab.stackstorm.resources import Action
from lab.stackstorm.runner_types import RUNNER_TYPES
from lab.stackstorm.service import StackStorm

WAITING = frozenset({"paused", "succeeded", "failed"})


def define(service: StackStorm, tmp_path: Path, text: str, **parameters: Any) -> str:
    path = tmp_path / "flow.yaml"
    path.write_text(text)
    action = Action("core", "flow", RUNNER_TYPES["orquesta"], parameters, file=path)
    service.registry._actions[action.ref] = action
    return action.ref


def run(service: StackStorm, tmp_path: Path, text: str) -> Execution:
    execution = service.actions.request(define(service, tmp_path, text), {})
    return service.executions.wait(execution.id, timeout=30)


def children(service: StackStorm, execution: Execution) -> list[tuple[str, str]]:
    found = service.executions.children(execution.id)
    return [(child.context["orquesta"]["task_name"], child.status) for child in found]


def sample(service: StackStorm, **parameters: Any) -> Execution:
    return service.actions.request("sample.fan", {"ask": False, **parameters})


def test_items_fan_out_and_branches_join(service: StackStorm) -> None:
    execution = service.executions.wait(sample(service, names=["a", "b", "c"]).id, timeout=30)
    assert execution.status == "succeeded"
    assert execution.result == {
        "output": {"greetings": ["hello a", "hello b", "hello c"], "right": "right", "last": "last None"}
    }
    assert [name for name, _ in children(service, execution)].count("greet") == 3


def test_no_items_are_a_task_that_succeeds(service: StackStorm) -> None:
    execution = service.executions.wait(sample(service, names=[]).id, timeout=30)
    assert execution.status == "succeeded"
    assert execution.result["output"]["greetings"] == []


def test_values_keep_their_types(service: StackStorm) -> None:
    execution = service.executions.wait(sample(service, names=['a"b']).id, timeout=30)
    greeting = service.executions.children(execution.id)[0]
    assert greeting.parameters == {"who": 'a"b', "extra": {"n": 1}}


def test_only_so_many_items_run_at_once_as_the_concurrency_says(service: StackStorm) -> None:
    execution = service.executions.wait(sample(service, names=list("abcdef")).id, timeout=30)
    spans = [
        (child.start_timestamp, child.end_timestamp)
        for child in service.executions.children(execution.id)
        if child.context["orquesta"]["task_name"] == "greet"
    ]
    for begun, _ in spans:
        assert sum(1 for start, end in spans if start <= begun and str(end) > begun) <= 2


def test_a_workflow_waits_for_a_person_and_goes_on_with_the_answer(service: StackStorm) -> None:
    execution = service.executions.wait(sample(service, names=["a"], ask=True).id, until=WAITING, timeout=30)
    assert (execution.status, execution.result) == ("paused", {"output": None})
    (question,) = service.inquiries.pending()
    with pytest.raises(Invalid, match="did not pass schema validation"):
        service.inquiries.answer(question["id"], {"word": 5})
    service.inquiries.answer(question["id"], {"word": "w"})
    with pytest.raises(Invalid, match="already been responded to"):
        service.inquiries.answer(question["id"], {"word": "w"})
    execution = service.executions.wait(execution.id, timeout=30)
    assert execution.result["output"]["last"] == "last w"
    states = [entry["status"] for entry in execution.log]
    assert states == ["requested", "scheduled", "running", "paused", "resuming", "running", "succeeded"]


def test_a_question_is_a_trigger(service: StackStorm) -> None:
    execution = service.executions.wait(sample(service, names=["a"], ask=True).id, until=WAITING, timeout=30)
    occurrence = next(service.triggers.latest(kind="core.st2.generic.inquiry"))
    assert occurrence["payload"]["id"] == service.inquiries.pending()[0]["id"]
    service.actions.cancel(execution.id)


RETRY = """
version: 1.0
tasks:
  once:
    action: core.local
    input:
      cmd: exit 1
    retry:
      when: <% failed() %>
      count: 2
      delay: 0
"""


def test_a_retry_runs_the_task_again_and_then_gives_up(service: StackStorm, tmp_path: Path) -> None:
    execution = run(service, tmp_path, RETRY)
    assert execution.status == "failed"
    assert children(service, execution) == [("once", "failed")] * 3
    assert execution.result["errors"][-1]["message"] == "Execution failed. See result for details."


DELAY = """
version: 1.0
tasks:
  later:
    delay: 1
    action: core.noop
"""


def test_a_delay_puts_the_action_off(service: StackStorm, tmp_path: Path) -> None:
    begun = time.monotonic()
    execution = run(service, tmp_path, DELAY)
    assert execution.status == "succeeded"
    assert time.monotonic() - begun >= 1
    (child,) = service.executions.children(execution.id)
    assert [entry["status"] for entry in child.log][:2] == ["requested", "delayed"]


HANDLED = """
version: 1.0
tasks:
  bad:
    action: core.local
    input:
      cmd: exit 1
    next:
      - when: <% failed() %>
        publish: code=<% result().return_code %>
        do: sorry
  sorry:
    action: core.local
    input:
      cmd: echo <% ctx(code) %>
    {fail}
output:
  - code: <% ctx(code) %>
"""


def test_a_failure_that_is_handled_is_no_failure(service: StackStorm, tmp_path: Path) -> None:
    execution = run(service, tmp_path, HANDLED.format(fail=""))
    assert (execution.status, execution.result) == ("succeeded", {"output": {"code": 1}})


def test_a_handler_that_leads_to_fail_ends_in_failure(service: StackStorm, tmp_path: Path) -> None:
    execution = run(service, tmp_path, HANDLED.format(fail="next: [{do: fail}]"))
    assert execution.status == "failed"
    assert execution.result["output"] == {"code": 1}


@pytest.mark.parametrize(
    ("task", "kind", "sentence"),
    [
        ("action: core.none", "content", 'The action "core.none" is not registered in the database.'),
        ("action: core.local", "content", 'Action "core.local" is missing required input "cmd".'),
        ("{action: core.local, input: {cmd: a, x: 1}}", "content", 'Action "core.local" has unexpected input "x".'),
        ("{action: core.noop, next: [{do: nowhere}]}", "semantic", "nowhere"),
        ("{action: core.noop, nxt: []}", "syntax", "Additional properties"),
        ('{action: core.local, input: {cmd: "<% ctx().absent %>"}}', "context", "absent"),
        ('{action: core.local, input: {cmd: "<% 1 + %>"}}', "expression", "expected"),
    ],
)
def test_a_workflow_that_is_wrong_is_refused_before_it_runs(
    service: StackStorm, tmp_path: Path, task: str, kind: str, sentence: str
) -> None:
    text = (
        f"version: 1.0\ntasks:\n  one: {task}\n"
        if task.startswith("{")
        else f"version: 1.0\ntasks:\n  one:\n    {task}\n"
    )
    execution = run(service, tmp_path, text)
    assert execution.status == "failed"
    assert not service.executions.children(execution.id)
    assert [error for error in execution.result["errors"] if error["type"] == kind and sentence in error["message"]]


FUNCTIONS = """
version: 1.0
vars:
  - plain: <% st2kv('system.plain') %>
  - secret: <% st2kv('system.hidden', decrypt => true) %>
  - other: <% st2kv('system.absent', default => 'none') %>
  - jinja: "{{ st2kv('system.plain') }}"
  - parsed: <% json_parse('[1]') %>
tasks:
  one:
    action: core.noop
output:
  - all: <% [ctx(plain), ctx(secret), ctx(other), ctx(jinja), ctx(parsed)[0]] %>
"""


def test_stackstorms_functions_are_there_in_expressions(service: StackStorm, tmp_path: Path) -> None:
    service.datastore.set("plain", "p")
    service.datastore.set("hidden", "h", secret=True)
    execution = run(service, tmp_path, FUNCTIONS)
    assert execution.result == {"output": {"all": ["p", "h", "none", "p", 1]}}


NESTED = """
version: 1.0
tasks:
  inner:
    action: sample.fan
    input:
      names: [a]
      ask: true
    next:
      - publish: last=<% result().output.last %>
output:
  - last: <% ctx(last) %>
"""


def test_a_workflow_in_a_workflow_pauses_and_resumes_both(service: StackStorm, tmp_path: Path) -> None:
    execution = service.actions.request(define(service, tmp_path, NESTED), {})
    paused = service.executions.wait(execution.id, until=WAITING, timeout=30)
    assert paused.status == "paused"
    service.inquiries.answer(service.inquiries.pending()[0]["id"], {"word": "deep"})
    done = service.executions.wait(execution.id, timeout=30)
    assert (done.status, done.result) == ("succeeded", {"output": {"last": "last deep"}})


SLOW = """
version: 1.0
tasks:
  slow:
    action: core.local
    input:
      cmd: sleep 1
    next:
      - do: never
  never:
    action: core.noop
"""


def test_a_canceled_workflow_starts_nothing_more(service: StackStorm, tmp_path: Path) -> None:
    execution = service.actions.request(define(service, tmp_path, SLOW), {})
    service.executions.wait(execution.id, until=frozenset({"running"}), timeout=10)
    service.actions.cancel(execution.id)
    time.sleep(1.5)
    assert service.executions.get(execution.id).status == "canceled"
    assert [name for name, _ in children(service, execution)] in ([], ["slow"])
