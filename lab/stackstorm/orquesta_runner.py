"""The Orquesta runner: every workflow that runs, and the news that each gets of what it started."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from lab.stackstorm import executions as states
from lab.stackstorm import orquesta_engine
from lab.stackstorm.executions import COMPLETED, Execution
from lab.stackstorm.jobs import Job, Outcome
from lab.stackstorm.orquesta_workflow import Workflow

_NEWS = COMPLETED | {states.PENDING, states.PAUSED, states.RESUMING}


class Workflows:
    """Every workflow that runs, by the id of its workflow execution; hands each the news of its children."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Workflow] = {}
        self._by_execution: dict[str, Workflow] = {}
        orquesta_engine.HOOKS.task = self.task

    def run(self, job: Job) -> Outcome:
        """Run one workflow to its end."""
        workflow = Workflow(job)
        with self._lock:
            self._running[workflow.id] = self._by_execution[job.execution.id] = workflow
        if job.actions.executions.get(job.execution.id).completed:
            workflow.news.put(None)  # canceled before anybody could tell this workflow
        try:
            return workflow.run()
        finally:
            with self._lock:
                del self._running[workflow.id], self._by_execution[job.execution.id]

    def tell(self, execution: Execution) -> None:
        """An execution has changed; the workflow that it belongs to, or that it is, is told."""
        about = execution.context.get("orquesta")
        with self._lock:
            parent = self._running.get(about["workflow_execution_id"]) if about else None
            own = self._by_execution.get(execution.id)
        if parent is not None and execution.status in _NEWS:
            parent.news.put(execution)
        if own is not None and execution.status == states.CANCELED:
            own.news.put(None)

    def resume(self, execution_id: str) -> None:
        """An answer is about to come to a workflow that is paused for it."""
        with self._lock:
            workflow = self._by_execution.get(execution_id)
        if workflow is not None:
            workflow.news.put("resume")

    def task(self, workflow: str, task_id: str, route: int) -> Mapping[str, Any] | None:
        """The latest run of a task, None where it has not run on that route."""
        with self._lock:
            found = self._running.get(workflow)
        return None if found is None else found.task_as_json(task_id, route)
