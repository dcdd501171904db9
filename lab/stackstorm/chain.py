"""The action-chain runner: one task after another, each picked by how the last one ended."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.stackstorm import executions as states
from lab.stackstorm import resource_schemas, schemas
from lab.stackstorm.casts import cast_each
from lab.stackstorm.errors import Invalid
from lab.stackstorm.executions import Execution, moment
from lab.stackstorm.jobs import Job, Outcome
from lab.stackstorm.templates import NotJson, RenderFailed, Templates, is_template

_LONGEST = 24 * 3600.0  # a chain waits for a task at most a day
_PAUSES = frozenset({states.PAUSED, states.PENDING})
_BAD = frozenset({states.FAILED, states.ABANDONED})


@dataclasses.dataclass(frozen=True)
class Task:
    """One task of a chain."""

    name: str
    ref: str
    parameters: Mapping[str, Any]
    publish: Mapping[str, Any]
    on_success: str
    on_failure: str
    said: Mapping[str, Any]  # as it was written


@dataclasses.dataclass(frozen=True)
class Chain:
    """A chain's definition: its tasks by name, its own variables, and where it begins."""

    tasks: Mapping[str, Task]
    variables: Mapping[str, Any]
    default: str

    def after(self, task: Task, *, good: bool) -> Task | None:
        """The task that follows, None at the end.

        Raises:
            Invalid: It names a task that is not there.
        """
        return self.named(task.on_success if good else task.on_failure)

    def named(self, name: str) -> Task | None:
        """The task of that name, None for no name.

        Raises:
            Invalid: There is none of that name.
        """
        if name and name not in self.tasks:
            raise Invalid(f'Unable to find node with name "{name}".')
        return self.tasks[name] if name else None


def read_chain(path: Path) -> Chain:
    """Read and check a chain's definition.

    Raises:
        Invalid: It is no chain, names tasks that are not there, or has no task to begin with.
    """
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Invalid(f'Failed to parse action chain definition from "{path}": {error}') from None
    schemas.validate(said, resource_schemas.CHAIN, nullable=False, defaults=False, trusted=True)
    tasks = {}
    for each in said["chain"]:
        if each.get("params") and each.get("parameters"):
            raise Invalid(f'task "{each["name"]}": either "params" or "parameters" can be given, not both')
        tasks[each["name"]] = Task(
            name=each["name"],
            ref=each["ref"],
            parameters=each.get("parameters") or each.get("params") or {},
            publish=each.get("publish") or {},
            on_success=each.get("on-success") or "",
            on_failure=each.get("on-failure") or "",
            said=each,
        )
    default = said.get("default") or _first(tasks)
    for task in tasks.values():
        for word, name in (("on-success", task.on_success), ("on-failure", task.on_failure)):
            if name and not is_template(name) and name not in tasks:
                raise Invalid(f'Unable to find node with name "{name}" referenced in "{word}" in task "{task.name}".')
    if default not in tasks:
        raise Invalid(f'Unable to find node with name "{default}" referenced in "default".')
    return Chain(tasks, said.get("vars") or {}, default)


def _first(tasks: Mapping[str, Task]) -> str:
    """The first task that no other leads to, or the first of all."""
    if not tasks:
        raise Invalid("Failed to find default node: the chain has no tasks.")
    led_to = {name for task in tasks.values() for name in (task.on_success, task.on_failure)}
    return next((name for name in tasks if name not in led_to), next(iter(tasks)))


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
        given = cast_each(parameters, actions.registry.action(task.ref).schemas)
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
