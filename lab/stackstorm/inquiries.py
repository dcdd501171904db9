"""Questions to people: what is asked, how it is answered, and what happens to the workflow that waits."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from lab.stackstorm import executions as states
from lab.stackstorm import schemas
from lab.stackstorm.core_pack import INQUIRY_TRIGGER
from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.executions import Execution, Executions
from lab.stackstorm.jobs import Job, Outcome
from lab.stackstorm.orquesta_runner import Workflows
from lab.stackstorm.triggers import Triggers


class Inquiries:
    """Executions of `core.ask` that are pending.

    Args:
        executions: Where they are recorded.
        triggers: Told of each new one.
        workflows: Resumed before the answer is recorded.
    """

    def __init__(self, executions: Executions, triggers: Triggers, workflows: Workflows) -> None:
        self._executions = executions
        self._triggers = triggers
        self._workflows = workflows

    def run(self, job: Job) -> Outcome:
        """Ask; the execution is pending until somebody answers, or its time is over."""
        asked = {name: job.runner_parameters.get(name) for name in ("schema", "roles", "users", "route", "ttl")}
        self._triggers.dispatch(INQUIRY_TRIGGER, {"id": job.execution.id, "route": asked["route"]})
        return Outcome(states.PENDING, asked)

    def pending(self) -> list[dict[str, Any]]:
        """What waits for an answer."""
        found = self._executions.latest(limit=1000, status=states.PENDING)
        return [{"id": each.id, **(each.result or {})} for each in found if each.runner == "inquirer"]

    def answer(self, identifier: str, response: Any, *, user: str = "stanley") -> Execution:
        """Answer one; the workflow that waits for it goes on.

        Raises:
            NotFound: There is no such execution.
            Invalid: It is no question, was answered already, is over, asks somebody else, or the answer does not fit.
        """
        execution = self._executions.get(identifier)
        if execution.runner != "inquirer":
            raise NotFound(f'"{identifier}" is not an Inquiry.')
        if execution.status == states.TIMED_OUT:
            raise Invalid(f'Inquiry "{identifier}" timed out and cannot be responded to.')
        if execution.status != states.PENDING:
            raise Invalid(f'Inquiry "{identifier}" has already been responded to.')
        users = (execution.result or {}).get("users") or []
        if users and user not in users:
            raise Invalid(f'Requester "{user}" does not have permission to respond to inquiry "{identifier}".')
        try:
            schemas.validate(response, execution.result["schema"])
        except Invalid as problem:
            raise Invalid(f'Response for inquiry "{identifier}" did not pass schema validation. {problem}') from None
        if execution.parent is not None:
            self._workflows.resume(execution.parent)
        self._executions.change(execution, status=states.SUCCEEDED, result={**execution.result, "response": response})
        return execution

    def expire(self) -> None:
        """End those that nobody answered in time."""
        now = datetime.now(timezone.utc)
        for each in self._executions.latest(limit=1000, status=states.PENDING):
            minutes = (each.result or {}).get("ttl") or 0
            begun = datetime.fromisoformat(each.start_timestamp.replace("Z", "+00:00"))
            if each.runner == "inquirer" and minutes and now - begun > timedelta(minutes=minutes):
                self._executions.change(each, status=states.TIMED_OUT)
