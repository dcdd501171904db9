from __future__ import annotations

from typing import Any

import pytest

from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.executions import Execution, as_json
from lab.stackstorm.service import StackStorm


def run(service: StackStorm, ref: str, **parameters: Any) -> Execution:
    context = {"user": "stanley", "pack": "sample"}
    given = service.actions.render(ref, parameters, context=context)
    execution = service.actions.request(ref, given, context=context)
    return service.executions.wait(execution.id, timeout=30)


def result_of(service: StackStorm, how: str) -> tuple[str, Any]:
    execution = run(service, "sample.behave", how=how)
    return execution.status, execution.result["result"]


def test_an_action_gets_its_parameters_its_config_and_its_library(service: StackStorm) -> None:
    execution = run(service, "sample.greet", who="Ann", tags=["t"])
    assert execution.status == "succeeded"
    assert execution.result == {
        "stdout": "greeting Ann\n",
        "stderr": "st2.actions.python.Greet: INFO     greeting Ann\n",
        "exit_code": 0,
        "result": {"text": "hello Ann", "extra": None, "tags": ["t"]},
    }


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("fail", ("failed", {"why": "told to"})),
        ("explode", ("failed", "None")),
        ("set", ("succeeded", "{'a': {1}}")),
        ("integer_keys", ("succeeded", "{1: 'one'}")),
        ("nan", ("succeeded", {"x": None})),
        ("huge", ("succeeded", "{'x': 36893488147419103232}")),
        ("plain", ("succeeded", ["no", "status"])),
        ("nothing", ("succeeded", None)),
        ("odd_plain", ("succeeded", "{1, 2}, 'status': None}")),
    ],
)
def test_what_an_action_returns_becomes_its_result(service: StackStorm, how: str, expected: Any) -> None:
    assert result_of(service, how) == expected


def test_an_exception_is_a_traceback_in_stderr(service: StackStorm) -> None:
    execution = run(service, "sample.behave", how="explode")
    assert execution.result["stderr"].startswith("Traceback")
    assert execution.result["stderr"].endswith("RuntimeError: told to explode\n")


def test_a_status_that_is_no_boolean_is_an_error_of_the_execution(service: StackStorm) -> None:
    execution = run(service, "sample.behave", how="odd_status")
    assert execution.status == "failed"
    assert "must either be True or False, got: yes" in execution.result["error"]


def test_a_timeout_kills_the_action_and_keeps_what_it_flushed(service: StackStorm) -> None:
    execution = run(service, "sample.behave", how="sleep", timeout=1)
    assert execution.status == "timeout"
    assert execution.result == {
        "stdout": "begun\n",
        "stderr": "",
        "exit_code": -9,
        "result": "None",
        "error": "Action failed to complete in 1 seconds",
    }


def test_an_action_sees_the_packs_library_and_nothing_of_the_lab(service: StackStorm) -> None:
    _, where = result_of(service, "where")
    assert where["path"][-1].endswith("sample/actions")
    assert [path for path in where["path"] if path.endswith("sample/actions/lib")]
    assert not where["modules"]
    assert not [path for path in where["path"] if path.endswith(("/wrappers", "/sample"))]


def test_an_action_reads_and_writes_the_datastore(service: StackStorm) -> None:
    status, found = result_of(service, "store")
    assert status == "succeeded"
    assert (found["mine"], found["plain"], found["cipher"], found["none"]) == ("1", "s3cret", True, None)
    assert found["names"] == ["sample.Behave:mine", "shared"]
    assert found["deleted"] == [True, False]


def test_parameters_too_long_for_argv_go_by_stdin(service: StackStorm) -> None:
    execution = run(service, "sample.greet", who="x" * 200_000, times=1)
    assert execution.result["result"]["text"] == "hello " + "x" * 200_000


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "'who' is a required property"),
        ({"who": "a", "whom": "b"}, "Additional properties"),
        ({"who": "a", "tags": {}}, "Failed validating tags of sample.greet"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(service: StackStorm, parameters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        service.actions.request("sample.greet", parameters)


def test_an_action_that_is_not_there_is_refused_with_near_names(service: StackStorm) -> None:
    with pytest.raises(NotFound, match=r"sample\.greet"):
        service.actions.request("sample.great", {})


def test_a_secret_parameter_is_masked_where_executions_are_shown(service: StackStorm) -> None:
    execution = run(service, "sample.greet", who="Ann", password="open")
    shown = as_json(execution, service.registry.action("sample.greet"))
    assert shown["parameters"] == {"who": "Ann", "password": "********"}


def test_a_chain_publishes_strings_and_casts_them_back(service: StackStorm) -> None:
    execution = run(service, "sample.hail", who="Bob")
    assert execution.status == "succeeded"
    assert [task["name"] for task in execution.result["tasks"]] == ["first", "check", "second"]
    assert execution.result["published"] == {
        "text": "hello Dr Bob hello Dr Bob",
        "count": 7,
        "extra": str({"from": execution.id, "number": 3}),
    }
    second = service.executions.children(execution.id)[-1]
    assert second.parameters["times"] == 7
    assert second.parameters["extra"] == {"from": execution.id, "number": 3}
    assert second.parameters["tags"] == ["no", "status"]


def test_a_chain_whose_failure_is_handled_ends_as_its_last_task(service: StackStorm) -> None:
    execution = run(service, "sample.hail", who="Bob", fail=True)
    states = [(task["name"], task["state"]) for task in execution.result["tasks"]]
    assert states == [("first", "succeeded"), ("check", "failed"), ("sorry", "succeeded")]
    assert execution.status == "succeeded"


def test_a_childs_context_names_its_parent_and_its_task(service: StackStorm) -> None:
    execution = run(service, "sample.hail", who="Bob")
    child = service.executions.children(execution.id)[0]
    assert child.parent == execution.id
    assert child.context["parent"]["execution_id"] == execution.id
    assert child.context["chain"]["name"] == "first"
    assert child.context["user"] == "stanley"


def test_what_ran_when_the_lab_ended_is_abandoned_at_the_next_start(service: StackStorm) -> None:
    execution = Execution(action="core.noop", runner="noop", parameters={}, context={}, status="running")
    service.executions.add(execution)
    service.executions._abandon_unfinished()
    assert service.executions.get(execution.id).status == "abandoned"


def test_a_completed_execution_changes_no_more(service: StackStorm) -> None:
    execution = run(service, "core.noop")
    service.executions.change(execution, status="failed", result={"late": True})
    assert service.executions.get(execution.id).status == "succeeded"


def test_a_shell_command_gives_its_output_read_as_json(service: StackStorm) -> None:
    execution = run(service, "core.local", cmd="echo '{\"a\": 1}'; echo oops >&2; exit 3")
    assert execution.status == "failed"
    assert execution.result == {
        "failed": True,
        "succeeded": False,
        "return_code": 3,
        "stdout": {"a": 1},
        "stderr": "oops",
    }
