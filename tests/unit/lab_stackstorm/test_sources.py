from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lab.stackstorm.errors import Invalid
from lab.stackstorm.metadata import read_rule
from lab.stackstorm.service import StackStorm


def listen(service: StackStorm, name: str, kind: str, **parameters: Any) -> None:
    trigger = {"type": kind, "parameters": parameters}
    service.rulebook.add(read_rule({"name": name, "enabled": True, "trigger": trigger, "action": {"ref": "core.noop"}}))


def occurred(service: StackStorm, kind: str, *, seconds: float = 5.0) -> list[Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = list(service.triggers.latest(kind=kind))
        if found:
            return found
        time.sleep(0.02)
    return []


def call(service: StackStorm, method: str, path: str, body: Any = None, *, token: str | None = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", "X-Auth-Token": service.token if token is None else token}
    request = urllib.request.Request(
        f"{service.api.url}{path}", None if body is None else json.dumps(body).encode(), headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_webhook_reaches_the_rules_that_asked_for_its_path(service: StackStorm) -> None:
    listen(service, "hook", "core.st2.webhook", url="/a/b/")
    assert call(service, "POST", "/webhooks/a/b", {"x": 1}) == (202, {"x": 1})
    (occurrence,) = occurred(service, "core.st2.webhook")
    assert occurrence["payload"]["body"] == {"x": 1}
    assert "X-Auth-Token" not in occurrence["payload"]["headers"]
    assert occurrence["payload"]["headers_lower"]["content-type"] == "application/json"


def test_a_webhook_that_no_rule_asked_for_is_not_found(service: StackStorm) -> None:
    status, answer = call(service, "POST", "/webhooks/none", {})
    assert (status, answer["faultstring"]) == (404, "Webhook none not registered with st2")


def test_the_systems_own_webhook_dispatches_any_trigger(service: StackStorm) -> None:
    status, _ = call(service, "POST", "/webhooks/st2", {"trigger": "sample.arrival", "payload": {"door": "back"}})
    assert status == 202
    assert occurred(service, "sample.arrival")[0]["payload"] == {"door": "back"}
    assert call(service, "POST", "/webhooks/st2", {"trigger": "sample.arrival", "payload": {"door": 5}})[0] == 400


def test_the_api_answers_nobody_without_a_token(service: StackStorm) -> None:
    assert call(service, "GET", "/executions", token="wrong")[0] == 401
    assert call(service, "GET", "/executions")[0] == 200


def test_an_interval_fires_again_and_again(service: StackStorm) -> None:
    listen(service, "often", "core.st2.IntervalTimer", unit="seconds", delta=1)
    (occurrence, *_) = occurred(service, "core.st2.IntervalTimer")
    assert occurrence["payload"]["schedule"] is None
    assert datetime.fromisoformat(occurrence["payload"]["executed_at"]).tzinfo is not None


def test_a_date_fires_once_and_a_date_gone_by_never(service: StackStorm) -> None:
    soon = (datetime.now(timezone.utc) + timedelta(seconds=1)).isoformat()
    listen(service, "gone", "core.st2.DateTimer", date="2001-01-01T00:00:00Z")
    listen(service, "soon", "core.st2.DateTimer", date=soon)
    assert len(occurred(service, "core.st2.DateTimer")) == 1


def test_a_cron_expression_fires(service: StackStorm) -> None:
    listen(service, "cron", "core.st2.CronTimer", second="*")
    assert occurred(service, "core.st2.CronTimer")


def test_a_timer_without_what_it_needs_is_refused(service: StackStorm) -> None:
    with pytest.raises(Invalid, match="delta"):
        listen(service, "bad", "core.st2.IntervalTimer", unit="seconds")


def test_a_timer_ends_with_its_last_rule(service: StackStorm) -> None:
    listen(service, "often", "core.st2.IntervalTimer", unit="hours", delta=1)
    assert len(service.timers._scheduler.get_jobs()) == 1
    service.rulebook.remove("default.often")
    assert not service.timers._scheduler.get_jobs()


def test_a_completed_execution_is_a_trigger_where_a_rule_listens(service: StackStorm) -> None:
    service.executions.wait(service.actions.request("core.noop", {}).id, timeout=10)
    assert not occurred(service, "core.st2.generic.actiontrigger", seconds=0.3)
    service.rulebook.add(
        read_rule(
            {
                "name": "done",
                "enabled": True,
                "trigger": {"type": "core.st2.generic.actiontrigger"},
                "criteria": {"trigger.action_ref": {"type": "equals", "pattern": "core.echo"}},
                "action": {"ref": "core.noop"},
            }
        )
    )
    service.executions.wait(service.actions.request("core.echo", {"message": "x"}).id, timeout=10)
    found = [each["payload"] for each in occurred(service, "core.st2.generic.actiontrigger")]
    assert "core.echo" in [each["action_ref"] for each in found]


def test_an_inquiry_that_nobody_answers_in_time_is_over(service: StackStorm) -> None:
    execution = service.actions.request("core.ask", {"ttl": 1})
    service.executions.wait(execution.id, until=frozenset({"pending"}), timeout=10)
    asked = service.executions.get(execution.id)
    asked.start_timestamp = "2001-01-01T00:00:00.000000Z"
    service.executions._write(asked)
    service.inquiries.expire()
    assert service.executions.get(execution.id).status == "timeout"
    with pytest.raises(Invalid, match="timed out"):
        service.inquiries.answer(execution.id, {"continue": True})
