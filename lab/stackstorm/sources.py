"""Triggers that StackStorm emits itself: timers, webhooks, completed executions, sensors that start and end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from lab.stackstorm.core_pack import (
    ACTION_TRIGGER,
    CRON_TIMER,
    DATE_TIMER,
    INTERVAL_TIMER,
    SENSOR_EXIT,
    SENSOR_SPAWN,
    WEBHOOK,
)
from lab.stackstorm.errors import Invalid, NotFound, StackStormError
from lab.stackstorm.executions import Execution
from lab.stackstorm.resources import Sensor
from lab.stackstorm.rulebook import Rulebook
from lab.stackstorm.triggers import Trigger, Triggers

_LOG = logging.getLogger(__name__)
_PRIVATE = frozenset({"x-auth-token", "st2-api-key", "cookie"})


class Webhooks:
    """Hands what is posted to the triggers whose rules asked for that path."""

    def __init__(self, triggers: Triggers) -> None:
        self._triggers = triggers

    def post(self, hook: str, body: Any, headers: Mapping[str, str]) -> None:
        """Dispatch one request.

        Raises:
            NotFound: No rule asked for this path.
            Invalid: The body is neither an object nor a list, or does not fit; or `st2` was not told which trigger.
        """
        path = hook.strip("/")
        if path == "st2":
            if not isinstance(body, dict) or not body.get("trigger"):
                raise Invalid("Trigger not specified.")
            self._triggers.dispatch(body["trigger"], body.get("payload"))
            return
        wanted = [
            trigger
            for trigger in self._triggers.all()
            if trigger.type == WEBHOOK and str(trigger.parameters["url"]).strip("/") == path
        ]
        if not wanted:
            raise NotFound(f"Webhook {path} not registered with st2")
        shown = {name: value for name, value in headers.items() if name.lower() not in _PRIVATE}
        lower = {name.lower(): value for name, value in shown.items()}
        for trigger in wanted:
            self._triggers.dispatch(trigger.ref, {"headers": shown, "headers_lower": lower, "body": body})


class Timers:
    """Fires the timers that rules ask for, by the scheduler that StackStorm uses, which is imported with the first."""

    def __init__(self, triggers: Triggers) -> None:
        self._triggers = triggers
        self._lock = threading.Lock()
        self._scheduler: Any = None

    def start(self) -> None:
        """Schedule what there is, and what comes."""
        self._triggers.on_change = self.changed
        for trigger in self._triggers.all():
            self.changed("create", trigger)

    def changed(self, what: str, trigger: Trigger) -> None:
        """A trigger was created, touched or deleted."""
        if trigger.type not in (INTERVAL_TIMER, DATE_TIMER, CRON_TIMER):
            return
        with self._lock:
            scheduler = self._started()
            if scheduler.get_job(trigger.name) is not None:
                scheduler.remove_job(trigger.name)
            if what == "delete":
                return
            try:
                when = _schedule(trigger)
                if hasattr(when, "run_date") and when.run_date < datetime.now(timezone.utc):
                    _LOG.warning("the timer %s is over already", dict(trigger.parameters))
                    return
                scheduler.add_job(self._fire, trigger=when, args=[trigger], id=trigger.name)
            except (ValueError, TypeError):
                _LOG.exception("the timer %s cannot be scheduled", dict(trigger.parameters))

    def _started(self) -> Any:
        if self._scheduler is None:
            from apscheduler.schedulers.background import BackgroundScheduler

            self._scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
            self._scheduler.start()
        return self._scheduler

    def _fire(self, trigger: Trigger) -> None:
        payload = {"executed_at": str(datetime.now(timezone.utc)), "schedule": None}
        try:
            self._triggers.dispatch(trigger.ref, payload, check=False)
        except StackStormError:
            _LOG.exception("the timer %s could not be dispatched", trigger.ref)

    def stop(self) -> None:
        """Fire no more. Twice is once."""
        with self._lock:
            if self._scheduler is not None:
                self._scheduler.shutdown(wait=False)
                self._scheduler = None


def _schedule(trigger: Trigger) -> Any:
    said = dict(trigger.parameters)
    if trigger.type == INTERVAL_TIMER:
        from apscheduler.triggers.interval import IntervalTrigger

        return IntervalTrigger(**{said["unit"]: said["delta"]}, timezone=said.get("timezone") or "UTC")
    if trigger.type == DATE_TIMER:
        from apscheduler.triggers.date import DateTrigger
        from dateutil import parser

        return DateTrigger(parser.parse(said["date"]), timezone=said.get("timezone") or "UTC")
    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger(**{"timezone": "UTC", **said})


class Notices:
    """Emits StackStorm's triggers about itself, where an enabled rule listens to them."""

    def __init__(self, triggers: Triggers, rulebook: Rulebook) -> None:
        self._triggers = triggers
        self._rulebook = rulebook

    def _emit(self, ref: str, payload: dict[str, Any]) -> None:
        try:
            if any(rule.enabled for rule in self._rulebook.of_trigger(self._triggers.named(ref))):
                self._triggers.dispatch(ref, payload, check=False)
        except StackStormError:
            _LOG.exception("%s could not be dispatched", ref)

    def completed(self, execution: Execution, parameters: Mapping[str, Any]) -> None:
        """An execution is done; its parameters are given with secrets masked."""
        payload = {
            "execution_id": execution.id,
            "status": execution.status,
            "start_timestamp": execution.start_timestamp,
            "action_name": execution.action,
            "action_ref": execution.action,
            "runner_ref": execution.runner,
            "parameters": dict(parameters),
            "result": execution.result,
        }
        self._emit(ACTION_TRIGGER, payload)

    def sensor_started(self, sensor: Sensor, pid: int) -> None:
        """A sensor's process was started."""
        self._emit(SENSOR_SPAWN, {"id": sensor.class_name, "timestamp": int(time.time()), "pid": pid, "cmd": ""})

    def sensor_ended(self, sensor: Sensor, exit_code: int) -> None:
        """A sensor's process has ended."""
        self._emit(SENSOR_EXIT, {"id": sensor.class_name, "timestamp": int(time.time()), "exit_code": exit_code})
