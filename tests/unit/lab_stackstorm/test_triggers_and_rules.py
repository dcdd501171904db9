from __future__ import annotations

import time
from typing import Any

import pytest

from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.metadata import read_rule
from lab.stackstorm.service import StackStorm

FRONT = {"door": "front", "person": {"name": "Eve", "age": 20}, "times": 2}


def wait_for(what: Any, *, seconds: float = 10.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come")


def outcome(service: StackStorm, payload: dict[str, Any]) -> dict[str, Any] | None:
    occurrence = service.triggers.dispatch("sample.arrival", payload)
    wait_for(lambda: next(service.triggers.latest())["status"] == "processed")
    found = [each for each in service.rules.enforcements() if each["trigger_instance_id"] == occurrence.id]
    return found[0] if found else None


def test_a_matching_rule_starts_its_action_with_rendered_parameters(service: StackStorm) -> None:
    enforcement = outcome(service, FRONT)
    assert enforcement is not None
    execution = service.executions.wait(enforcement["execution_id"], timeout=20)
    assert execution.parameters == {"who": "Eve", "extra": {"name": "Eve", "age": 20}, "times": 2}
    assert execution.rule == "sample.greet_newcomer"
    assert execution.context["rule"] == {"id": "sample.greet_newcomer", "name": "greet_newcomer"}
    assert execution.context["trigger_instance"]["id"] == execution.trigger_instance


def test_a_rule_whose_criteria_do_not_hold_starts_nothing(service: StackStorm) -> None:
    assert outcome(service, {**FRONT, "door": "back"}) is None


def test_a_criterion_that_raises_is_recorded_as_a_failed_enforcement(service: StackStorm) -> None:
    enforcement = outcome(service, {"door": "front", "person": {}})
    assert enforcement is not None
    assert enforcement["status"] == "failed"
    assert "There might be a problem with the criteria" in enforcement["failure_reason"]


def test_a_template_that_fails_starts_nothing_where_its_text_would_not_fit(service: StackStorm) -> None:
    enforcement = outcome(service, {"door": "front", "person": {"name": "Eve", "age": 20}})
    assert enforcement is not None
    assert (enforcement["status"], enforcement["execution_id"]) == ("failed", None)
    assert "is not of type" in enforcement["failure_reason"]


def test_a_disabled_rule_starts_nothing_until_it_is_enabled(service: StackStorm) -> None:
    service.rulebook.enable("sample.greet_newcomer", False)
    assert outcome(service, FRONT) is None
    service.rulebook.enable("sample.greet_newcomer", True)
    assert outcome(service, FRONT) is not None


def test_a_backstop_rule_runs_only_where_no_other_did(service: StackStorm) -> None:
    rule = {
        "name": "backstop",
        "enabled": True,
        "type": {"ref": "backstop"},
        "trigger": {"type": "sample.arrival"},
        "action": {"ref": "core.noop"},
    }
    service.rulebook.add(read_rule(rule))
    assert (outcome(service, FRONT) or {})["rule"]["ref"] == "sample.greet_newcomer"
    assert (outcome(service, {**FRONT, "door": "back"}) or {})["rule"]["ref"] == "default.backstop"


def test_a_payload_that_does_not_fit_is_refused(service: StackStorm) -> None:
    with pytest.raises(Invalid, match="door"):
        service.triggers.dispatch("sample.arrival", {"door": 5})


def test_a_trigger_that_is_not_there_is_refused(service: StackStorm) -> None:
    with pytest.raises(NotFound):
        service.triggers.dispatch("sample.departure", {})


def corner(name: str, where: str) -> Any:
    return read_rule(
        {
            "name": name,
            "trigger": {"type": "sample.corner_event", "parameters": {"corner": where}},
            "action": {"ref": "core.noop"},
        }
    )


def corners(service: StackStorm) -> list[Any]:
    return [dict(t.parameters)["corner"] for t in service.triggers.all() if t.type == "sample.corner_event"]


def test_rules_with_equal_parameters_share_a_trigger_that_goes_with_the_last(service: StackStorm) -> None:
    for name in ("one", "two"):
        service.rulebook.add(corner(name, "south"))
    assert sorted(corners(service)) == ["north", "south"]
    service.rulebook.remove("default.one")
    assert "south" in corners(service)
    service.rulebook.remove("default.two")
    assert "south" not in corners(service)


def test_a_sensor_hears_of_triggers_that_come_change_and_go(service: StackStorm) -> None:
    types = frozenset({"sample.corner_event"})
    since, first = service.triggers.changes(since=0, types=types, timeout=0)
    assert [(what, dict(trigger.parameters)) for what, trigger in first] == [("create", {"corner": "north"})]
    service.rulebook.add(corner("one", "south"))
    service.rulebook.enable("default.one", True)
    service.rulebook.remove("default.one")
    _, later = service.triggers.changes(since=since, types=types, timeout=1)
    assert [what for what, _ in later] == ["create", "update", "delete"]


def test_parameters_that_do_not_fit_their_trigger_type_are_refused(service: StackStorm) -> None:
    with pytest.raises(Invalid, match="corner"):
        service.rulebook.add(
            read_rule(
                {
                    "name": "bad",
                    "trigger": {"type": "sample.corner_event", "parameters": {"corner": 5}},
                    "action": {"ref": "core.noop"},
                }
            )
        )


def test_a_parameterised_trigger_keeps_its_name_over_a_restart(service: StackStorm) -> None:
    name = service.triggers._name("sample.corner_event", {"corner": "north"})
    assert name == service.triggers._name("sample.corner_event", {"corner": "north"})
    assert name in {trigger.name for trigger in service.triggers.all()}
