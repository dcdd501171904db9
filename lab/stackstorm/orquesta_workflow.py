"""One workflow that runs: Orquesta's engine says what comes next, this starts it and tells the engine what came of it.

A workflow has a thread and a queue of news: children that changed, an answer, a cancellation. The engine is touched by
that thread alone.
"""

from __future__ import annotations

import queue
from collections.abc import Mapping
from typing import Any

from lab.stackstorm import executions as states
from lab.stackstorm import orquesta_engine
from lab.stackstorm.database import new_id
from lab.stackstorm.executions import Execution, moment
from lab.stackstorm.jobs import Job, Outcome
from lab.stackstorm.orquesta_inspection import inspect
from lab.stackstorm.orquesta_tasks import TaskExecution

_LONGEST = 24 * 3600.0  # a workflow waits for news at most a day


class Workflow:
    """One workflow that runs."""

    def __init__(self, job: Job) -> None:
        self.id = new_id()
        self.news: queue.Queue[Execution | str | None] = queue.Queue()
        self._job = job
        self._engine = orquesta_engine.load()
        self._conductor: Any = None
        self._tasks: dict[str, TaskExecution] = {}
        self._active: set[str] = set()

    def task_as_json(self, task_id: str, route: int) -> Mapping[str, Any] | None:
        """The latest run of a task."""
        found = [task for task in self._tasks.values() if (task.task_id, task.route) == (task_id, route)]
        return found[-1].as_json() if found else None

    def run(self) -> Outcome:
        """Begin, and take news until everything that was started is done."""
        job, statuses = self._job, self._engine.statuses
        try:
            problems = self._prepare()
        except Exception as error:  # noqa: BLE001 - a definition that cannot even be read
            return Outcome(states.FAILED, {"errors": [{"message": str(error)}], "output": None})
        if problems:
            return Outcome(states.FAILED, {"errors": problems, "output": None})
        job.execution.context["workflow_execution"] = self.id
        if not self._done:
            self._conductor.request_workflow_status(statuses.REQUESTED)
            self._conductor.workflow_state.contexts[0]["st2"]["workflow_execution_id"] = self.id
            self._conductor.request_workflow_status(statuses.RUNNING)
            if self.news.empty():
                self._go_on()
        self._sync()
        while not self._done or self._active:
            self._take(self.news.get(timeout=_LONGEST))
            self._sync()
        return Outcome(self._conductor.get_workflow_status(), self._result())

    def _prepare(self) -> list[dict[str, Any]]:
        job = self._job
        assert job.action.file is not None
        context = {
            "st2": {
                "action_execution_id": job.execution.id,
                "user": job.execution.context.get("user"),
                "pack": job.execution.context.get("pack"),
                "action": job.action.ref,
                "runner": job.action.runner.name,
            },
            "parent": dict(job.execution.context),
        }
        spec = self._engine.loader.get_spec_module("native").instantiate(job.action.file.read_text(encoding="utf-8"))
        problems = inspect(spec, context, job.actions.registry, self._engine)
        if not problems:
            self._conductor = self._engine.conducting.WorkflowConductor(
                spec, context=context, inputs=dict(job.parameters)
            )
            self._conductor.serialize()  # computes inputs and variables, and fails the workflow where that fails
        return problems

    @property
    def _done(self) -> bool:
        return self._conductor.get_workflow_status() in self._engine.statuses.COMPLETED_STATUSES

    def _result(self) -> dict[str, Any]:
        result: dict[str, Any] = {"output": self._conductor.get_workflow_output() or None}
        if self._conductor.get_workflow_status() in self._engine.statuses.ABENDED_STATUSES:
            result["errors"] = self._conductor.errors
        return result

    def _sync(self) -> None:
        """The execution's record says what the engine says; a workflow that has failed is recorded at once."""
        if self._done:
            self._conductor.render_workflow_output()
        status = self._conductor.get_workflow_status()
        if status != self._job.execution.status or self._done:
            self._job.actions.executions.change(self._job.execution, status=status, result=self._result())

    def _go_on(self) -> None:
        """Start what the engine says is next, until it says that nothing is."""
        events, statuses = self._engine.events, self._engine.statuses
        while tasks := self._conductor.get_next_tasks():
            for task in tasks:
                if task["spec"].has_items() and task.get("items_count") == 0:
                    self._tell_engine(task["id"], task["route"], events.ActionExecutionEvent(statuses.RUNNING))
                for action in task["actions"]:
                    item = action.get("item_id")
                    event = (
                        events.ActionExecutionEvent(statuses.RUNNING)
                        if item is None
                        else events.TaskItemActionExecutionEvent(item, statuses.RUNNING)
                    )
                    self._tell_engine(task["id"], task["route"], event)
            for task in tasks:
                try:
                    self._start(task)
                except Exception as error:  # noqa: BLE001 - whatever keeps a task from starting fails the workflow
                    self._conductor.request_workflow_status(statuses.FAILED)
                    self._conductor.log_error(error, task_id=task["id"], route=task["route"])
                    return

    def _tell_engine(self, task_id: str, route: int, event: Any) -> None:
        self._conductor.update_task_state(task_id, route, event)

    def _start(self, task: Mapping[str, Any]) -> None:
        spec, statuses = task["spec"], self._engine.statuses
        run = self._itemised(task) if spec.has_items() else self._new(task)
        run.status = statuses.RUNNING
        if spec.action is None or (run.items is not None and task.get("items_count") == 0):
            run.status, run.ended = statuses.SUCCEEDED, moment()
            self._tell_engine(run.task_id, run.route, self._engine.events.ActionExecutionEvent(statuses.SUCCEEDED))
            return
        for action in task["actions"]:
            self._request(run, action, delay=_delay(task, action, itemised=run.items is not None))

    def _new(self, task: Mapping[str, Any]) -> TaskExecution:
        items: list[dict[str, Any] | None] | None = [None] * task["items_count"] if task["spec"].has_items() else None
        run = TaskExecution(task["id"], task["route"], self.id, items=items)
        self._tasks[run.id] = run
        return run

    def _itemised(self, task: Mapping[str, Any]) -> TaskExecution:
        """The run whose first items are under way already, or a new one."""
        for run in reversed(self._tasks.values()):
            if (run.task_id, run.route) == (task["id"], task["route"]):
                return run if run.status == self._engine.statuses.RUNNING else self._new(task)
        return self._new(task)

    def _request(self, run: TaskExecution, action: Mapping[str, Any], *, delay: float) -> None:
        actions, about = self._job.actions, self._job.execution
        ref = str(action["action"])
        context: dict[str, Any] = {
            "pack": ref.partition(".")[0],
            "user": about.context.get("user"),
            "parent": {
                "execution_id": about.id,
                "user": about.context.get("user"),
                "pack": about.context.get("pack"),
            },
            "orquesta": {
                "workflow_execution_id": self.id,
                "task_execution_id": run.id,
                "task_name": run.task_id,
                "task_id": run.task_id,
                "task_route": run.route,
            },
        }
        if action.get("item_id") is not None:
            context["orquesta"]["item_id"] = action["item_id"]
        parameters = actions.render(ref, action.get("input") or {}, context=context)
        self._active.add(actions.request(ref, parameters, context=context, delay=delay).id)

    def _take(self, news: Execution | str | None) -> None:
        statuses = self._engine.statuses
        status = self._conductor.get_workflow_status()
        if news is None:
            if not self._done:
                self._conductor.request_workflow_status(statuses.CANCELED)
            return
        if isinstance(news, str):
            if status in (statuses.PAUSED, statuses.PAUSING):
                self._job.execution.context["resumed_by"] = self._job.execution.context.get("user")
                self._conductor.request_workflow_status(statuses.RESUMING)
            return
        run = self._tasks[news.context["orquesta"]["task_execution_id"]]
        if news.status == states.RESUMING:
            if status in (statuses.PAUSED, statuses.PAUSING):
                self._conductor.request_workflow_status(statuses.RUNNING)
            self._tell_engine(run.task_id, run.route, self._engine.events.ActionExecutionEvent(statuses.RUNNING))
            return
        if news.completed:
            self._active.discard(news.id)
        self._tell_engine(run.task_id, run.route, self._event(run, news))
        self._go_on()

    def _event(self, run: TaskExecution, news: Execution) -> Any:
        events, statuses = self._engine.events, self._engine.statuses
        item = news.context["orquesta"].get("item_id")
        if run.items is None or item is None:
            run.status, run.result = news.status, news.result or run.result
            run.ended = moment() if news.completed else None
            return events.ActionExecutionEvent(news.status, result=news.result)
        run.items[item] = {"status": news.status, "result": news.result}
        done = [each is not None and each["status"] in statuses.COMPLETED_STATUSES for each in run.items]
        if all(done):
            good = all(each is not None and each["status"] == statuses.SUCCEEDED for each in run.items)
            run.status, run.ended = statuses.SUCCEEDED if good else statuses.FAILED, moment()
        results = [each["result"] if each else None for each in run.items]
        return events.TaskItemActionExecutionEvent(item, news.status, result=news.result, accumulated_result=results)


def _delay(task: Mapping[str, Any], action: Mapping[str, Any], *, itemised: bool) -> float:
    """Seconds; of items that run a few at a time, only the first few are delayed."""
    delay, concurrency = task.get("delay"), task.get("concurrency")
    if not delay or (itemised and concurrency and action["item_id"] >= concurrency):
        return 0
    return float(delay)
