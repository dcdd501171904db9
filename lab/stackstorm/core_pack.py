"""StackStorm's own pack `core`, as far as packs use it: a few actions, and the triggers of its own."""

from __future__ import annotations

from typing import Any

from lab.stackstorm.resources import Action, TriggerType
from lab.stackstorm.runner_types import RUNNER_TYPES

_TEXT = {"type": "string"}
_HTTP_METHODS = ["HEAD", "GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PURGE"]


def _core(name: str, runner: str, parameters: dict[str, Any], description: str) -> Action:
    return Action("core", name, RUNNER_TYPES[runner], parameters, description)


CORE_ACTIONS = (
    _core("noop", "noop", {}, "Does nothing."),
    _core("ask", "inquirer", {}, "Asks a person, and waits for the answer."),
    _core(
        "local",
        "local-shell-cmd",
        {"cmd": {"type": "string", "required": True}, "sudo": {"immutable": True}},
        "Runs a shell command.",
    ),
    _core(
        "echo",
        "local-shell-cmd",
        {
            "message": {"type": "string", "required": True},
            "cmd": {"type": "string", "required": True, "default": 'echo "{{message}}"', "immutable": True},
            "kwarg_op": {"immutable": True},
            "sudo": {"default": False, "immutable": True},
            "sudo_password": {"immutable": True},
        },
        "Prints a message.",
    ),
    _core(
        "pause",
        "local-shell-cmd",
        {
            "max_pause": {"type": "integer", "required": True, "position": 0},
            "random": {"type": "boolean", "required": False, "default": False, "position": 1},
            "cmd": {"type": "string", "default": "sleep {{max_pause}}", "immutable": True},
            "timeout": {"default": 3600},
        },
        "Waits.",
    ),
    _core(
        "http",
        "http-request",
        {
            "auth": _TEXT,
            "body": _TEXT,
            "headers": {"type": "object"},
            "method": {"type": "string", "enum": _HTTP_METHODS},
            "params": {"type": "object"},
            "timeout": {"type": "number", "default": 60},
        },
        "Sends an HTTP request.",
    ),
)

INTERVAL_TIMER = "core.st2.IntervalTimer"
DATE_TIMER = "core.st2.DateTimer"
CRON_TIMER = "core.st2.CronTimer"
WEBHOOK = "core.st2.webhook"
ACTION_TRIGGER = "core.st2.generic.actiontrigger"
INQUIRY_TRIGGER = "core.st2.generic.inquiry"
SENSOR_SPAWN = "core.st2.sensor.process_spawn"
SENSOR_EXIT = "core.st2.sensor.process_exit"

_NEEDED = {"type": "string", "required": True}


def _schema(properties: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "additionalProperties": False} if closed else schema


def _free(*names: str) -> dict[str, Any]:
    return _schema({name: {} for name in names})


_TEXT_OR_NUMBER = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
_CRON_FIELDS = {
    "year": (None, None),
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
_CRON = {
    name: {**_TEXT_OR_NUMBER, **({} if low is None else {"minimum": low, "maximum": high})}
    for name, (low, high) in _CRON_FIELDS.items()
}
_TIMER_PAYLOAD = _schema({"executed_at": {"type": "string"}, "schedule": {"type": "object"}})


def _kind(name: str, payload: dict[str, Any], parameters: dict[str, Any] | None = None) -> TriggerType:
    return TriggerType("core", name, "StackStorm's own.", payload, parameters or {})


CORE_TRIGGER_TYPES = (
    _kind(
        "st2.webhook",
        _schema({"headers": {"type": "object"}, "body": {"anyOf": [{"type": "array"}, {"type": "object"}]}}),
        _schema({"url": _NEEDED}, closed=True),
    ),
    _kind(
        "st2.IntervalTimer",
        _TIMER_PAYLOAD,
        _schema(
            {
                "timezone": _TEXT,
                "unit": {"enum": ["weeks", "days", "hours", "minutes", "seconds"], "required": True},
                "delta": {"type": "integer", "required": True},
            },
            closed=True,
        ),
    ),
    _kind("st2.DateTimer", _TIMER_PAYLOAD, _schema({"timezone": _TEXT, "date": _NEEDED}, closed=True)),
    _kind("st2.CronTimer", _TIMER_PAYLOAD, _schema({"timezone": _TEXT, **_CRON}, closed=True)),
    _kind(
        "st2.generic.actiontrigger",
        _free(
            *("execution_id", "status", "start_timestamp", "action_name", "action_ref", "runner_ref"),
            *("parameters", "result"),
        ),
    ),
    _kind("st2.generic.inquiry", _schema({"id": _NEEDED, "route": _NEEDED}, closed=True)),
    _kind("st2.sensor.process_spawn", _free("object")),
    _kind("st2.sensor.process_exit", _free("object")),
)
