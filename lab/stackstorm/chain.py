"""The action-chain runner: one task after another, each picked by how the last one ended."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from lab.stackstorm import executions as states
from lab.stackstorm.casts import cast_each
from lab.stackstorm.chain_definition import Chain, Task, read_chain
from lab.stackstorm.errors import Invalid
from lab.stackstorm.executions import Execution, moment
from lab.stackstorm.jobs import Job, Outcome
from lab.stackstorm.templates import NotJson, RenderFailed, Templates

_LONGEST = 24 * 3600.0  # a chain waits for a task at most a day
_PAUSES = frozenset({states.PAUSED, states.PENDING})
_BAD = frozenset({states.FAILED, states.ABANDONED})


def run_chain(job: Job) -> Outcome:
    """Run one chain to its end.

    Raises:
        Invalid: The definition is wrong, or a value to publish cannot be rendered.
    """
    assert job.action.file is not None
    return _Run(job, read_chain(job.action.file)).run()


class _Run:
    """One chain that runs."""

    def __init__(self, job: Job, chain: Chain) -> None:
        self._job = job
        self._chain = chain
        self._templates: Templates = job.actions.templates
        self._results: dict[str, Any] = {}
        self._variables: dict[str, Any] = {}
        self._tasks: list[dict[str, Any]] = []
        self._published: dict[str, Any] = {}
        self._parent = {"execution_id": job.execution.id, **job.execution.context}

    def run(self) -> Outcome:
        """Task after task, until one leads nowhere."""
        try:
            self._variables = self._templates.render_each(
                self._chain.variables, {"st2kv": self._templates.keys(user=self._user), **self._job.parameters}
            )
        except Invalid as error:
            return self._end(states.FAILED, _told(error, "Failed initializing ``vars`` in chain."))
        task: Task | None = self._chain.tasks[self._chain.default]
        status = states.SUCCEEDED
        while task is not None:
            begun = moment()
            if not self._known(task.ref):
                reason: Exception = ValueError(f"Task :: {task.name} - Action with ref {task.ref} not registered.")
                message = f'Failed to run task "{task.name}". Action with reference "{task.ref}" doesn\'t exist.'
                return self._end(states.FAILED, _told(reason, message))
            try:
                parameters = self._parameters(task)
            except NotJson as error:  # in StackStorm the handler of this error fails itself, and with it the chain
                raise AttributeError("'JSONDecodeError' object has no attribute 'key'") from error
            except RenderFailed as error:
                reason = ValueError(
                    f'Failed rendering value for action parameter "{error.name}" in task "{task.name}" '
                    f"(template string={error.template}): {error}"
                )
                message = f'Failed to run task "{task.name}". Parameter rendering failed.'
                return self._end(states.FAILED, _told(reason, message))
            execution, error_told = self._start(task, parameters)
            if execution is not None:
                execution = self._wait(task, execution)
            else:
                self._results[task.name] = error_told
            self._tasks.append(_record(task, execution, error_told, begun))
            child = states.FAILED if execution is None else execution.status
            if child == states.CANCELED:
                return self._end(states.CANCELED)
            status = child if child in (states.SUCCEEDED, states.TIMED_OUT) else states.FAILED
            try:
                following = self._chain.after(task, good=status == states.SUCCEEDED)
            except Invalid as error:
                return self._end(states.FAILED, _told(error, f'Failed to get next node "{task.name}".'))
            task = following
            if self._job.actions.executions.get(self._job.execution.id).completed:
                return self._end(states.CANCELED)
        return self._end(status)

    def _end(self, status: str, error: Mapping[str, Any] | None = None) -> Outcome:
        result: dict[str, Any] = {"tasks": self._tasks}
        if self._job.runner_parameters.get("display_published", True):
            result["published"] = self._published
        return Outcome(status, {**result, **(error or {})})

    def _context(self) -> dict[str, Any]:
        keys = self._templates.keys()
        return {
            **self._job.parameters,
            **self._results,
            **self._variables,
            "__results": self._results,
            "system": keys["system"],
            "st2kv": {"system": keys["system"]},
        }

    def _parameters(self, task: Task) -> dict[str, Any]:
        context = {
            **self._context(),
            "action_context": {"parent": self._parent},
            "config_context": self._job.config,
        }
        return self._templates.render_each(task.parameters, context)

    def _known(self, ref: str) -> bool:
        return any(action.ref == ref for action in self._job.actions.registry.actions())

    def _start(self, task: Task, parameters: dict[str, Any]) -> tuple[Execution | None, dict[str, Any]]:
        """The execution of a task, or what kept it from starting."""
        actions = self._job.actions
        context = {"parent": self._parent, "chain": _node(task)}
        # A value that cannot be cast ends the whole chain, as it does in StackStorm.
        given = cast_each(parameters, actions.registry.action(task.ref).casts)
        try:
            return actions.request(task.ref, given, context=context), {}
        except Exception as error:  # noqa: BLE001 - refused: unknown parameter, disabled action
            return None, _told(error, f'Failed running task "{task.name}".')

    def _wait(self, task: Task, execution: Execution) -> Execution:
        """The task's execution when it is done, its result known to the tasks after it.

        While it waits for a person the chain is paused. What is published then is rendered before the answer, and the
        answer is to be found one `result` deeper: StackStorm does it so.
        """
        store = self._job.actions.executions
        done = store.wait(execution.id, until=states.COMPLETED | _PAUSES, timeout=_LONGEST)
        self._results[task.name] = done.result
        self._publish(task, done)
        if done.status in _PAUSES:
            self._pass_through(states.PAUSING, states.PAUSED, paused_by=self._user, vars=self._variables)
            done = store.wait(execution.id, timeout=_LONGEST)
            self._results[task.name] = {**(self._results[task.name] or {}), "result": done.result}
            self._pass_through(states.RESUMING, states.RUNNING, resumed_by=self._user)
        return done

    def _pass_through(self, *statuses: str, **context: Any) -> None:
        self._job.execution.context.update(context)
        for status in statuses:
            self._job.actions.executions.change(self._job.execution, status=status)

    @property
    def _user(self) -> str:
        return str(self._job.execution.context.get("user"))

    def _publish(self, task: Task, execution: Execution) -> None:
        context = {**self._context(), task.name: execution.result, **self._results, **self._variables}
        try:
            values = self._templates.render_each(task.publish, context)
        except RenderFailed as error:
            name, template = (None, None) if isinstance(error, NotJson) else (error.name, error.template)
            raise Invalid(
                f'Failed rendering value for publish parameter "{name}" in task "{task.name}" '
                f"(template string={template}): {error}"
            ) from error
        self._variables.update(values)
        self._published.update(values)


def _told(error: Exception, message: str) -> dict[str, Any]:
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__, 10))
    return {"error": f"{message}. {error}", "traceback": trace}


def _node(task: Task) -> dict[str, Any]:
    names = ("name", "ref", "params", "parameters", "on-success", "on-failure", "publish", "notify")
    return {name.replace("-", "_"): task.said.get(name) for name in names}


def _record(task: Task, execution: Execution | None, error: Mapping[str, Any], begun: str) -> dict[str, Any]:
    identifier = None if execution is None else execution.id
    return {
        "id": task.name,
        "name": task.name,
        "execution_id": identifier,
        "liveaction_id": str(identifier),  # the text None where there is none, as in StackStorm
        "workflow": None,
        "created_at": begun,
        "updated_at": moment(),
        "state": states.FAILED if execution is None else execution.status,
        "result": dict(error) if execution is None else execution.result,
    }
