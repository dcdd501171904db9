"""Runs actions: renders and checks parameters, records the execution, and hands it to its runner.

Actions that do work share a bounded pool. A workflow mostly waits for the actions that it started, so it gets a thread
of its own and cannot starve them.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from lab.stackstorm import executions as states
from lab.stackstorm import schemas
from lab.stackstorm.errors import Invalid, NotFound, StackStormError
from lab.stackstorm.executions import Execution, Executions
from lab.stackstorm.jobs import Job, Outcome, Runner
from lab.stackstorm.parameters import Rendering
from lab.stackstorm.registry import Registry
from lab.stackstorm.resources import Action
from lab.stackstorm.templates import Templates

_LOG = logging.getLogger(__name__)
USER = "stanley"
_MOST_WORKFLOWS = 512  # each waits on a thread of its own, most of the time


class Actions:
    """The service that runs actions.

    Args:
        registry: The packs.
        executions: Where executions are recorded.
        templates: Jinja with the datastore.
        config_of: Gives the resolved config of a pack for a user.
        runners: The runner of each runner type's name.
        workers: How many actions that are no workflows run at once.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        executions: Executions,
        templates: Templates,
        config_of: Callable[[str, str], dict[str, Any]],
        runners: Mapping[str, Runner],
        workers: int = 4,
    ) -> None:
        self.registry = registry
        self.executions = executions
        self.templates = templates
        self.config_of = config_of
        self._runners = runners
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="action")
        self._workflows = ThreadPoolExecutor(_MOST_WORKFLOWS, thread_name_prefix="workflow")
        self._stopped = threading.Event()

    def render(
        self, ref: str, given: Mapping[str, Any], *, context: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Parameters of a rule or a person, rendered and cast.

        Raises:
            NotFound: There is no such action.
            ParameterError: A template cannot be rendered.
            ValueError: A value cannot be cast.
        """
        action = self.registry.action(ref)
        pack = str(context.get("pack") or action.pack)
        try:
            config = self.config_of(pack, str(context.get("user") or USER))
        except Exception:  # noqa: BLE001 - StackStorm goes on with an empty config here, and fails when the action starts
            _LOG.info("the config of pack %s could not be resolved", pack, exc_info=True)
            config = {}
        return Rendering(self.templates, action, context=context, config=config, extra=extra).live(given)

    def request(
        self, ref: str, parameters: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, delay: float = 0
    ) -> Execution:
        """Check parameters that are already rendered, record the execution, and queue it, `delay` seconds later.

        Raises:
            NotFound: There is no such action.
            Invalid: The action is disabled, or a parameter is unknown, missing, of the wrong type, or immutable.
        """
        action = self.registry.action(ref)
        execution = self._recorded(action, parameters, context or {})
        if delay:
            self.executions.change(execution, status=states.DELAYED)
            timer = threading.Timer(delay, self._submit, (execution, action))
            timer.daemon = True
            timer.start()
        else:
            self._submit(execution, action)
        return execution

    def refuse(
        self, ref: str, parameters: Mapping[str, Any], *, context: Mapping[str, Any], error: Exception, check: bool
    ) -> Execution:
        """Record an execution that failed before it began, as one whose parameters could not be rendered does.

        Raises:
            Invalid: With `check`, where the parameters as they were given do not fit either; nothing is recorded then.
        """
        action = self.registry.action(ref)
        execution = self._recorded(action, parameters, context, check=check)
        self.executions.change(execution, status=states.FAILED, result=_failure(error))
        return execution

    def _recorded(
        self, action: Action, parameters: Mapping[str, Any], context: Mapping[str, Any], *, check: bool = True
    ) -> Execution:
        if not action.enabled:
            raise Invalid(f'Unable to execute. Action "{action.ref}" is disabled.')
        if check:
            self._check(action, parameters)
        parent = context.get("parent") or {}
        about = {**context, "user": parent.get("user") or context.get("user") or USER, "pack": action.pack}
        execution = Execution(
            action=action.ref,
            runner=action.runner.name,
            parameters=dict(parameters),
            context=about,
            parent=parent.get("execution_id"),
            rule=(context.get("rule") or {}).get("id"),
            trigger_instance=(context.get("trigger_instance") or {}).get("id"),
        )
        self.executions.add(execution)
        return execution

    def _check(self, action: Action, parameters: Mapping[str, Any]) -> None:
        try:
            schemas.validate(dict(parameters), schemas.of_parameters(action.schemas))
        except schemas.DoesNotFit as error:
            where, what = error.problem
            raise Invalid(f"{what}\n\nFailed validating {where or 'the parameters'} of {action.ref}") from None
        fixed = [name for name in parameters if action.schemas.get(name, {}).get("immutable", False)]
        if fixed:
            raise Invalid(f"Override of immutable parameter(s) {fixed} is unsupported.")

    def _submit(self, execution: Execution, action: Action) -> None:
        pool = self._workflows if action.runner.workflow else self._workers
        try:
            pool.submit(self._run, execution, action)
        except RuntimeError:  # the lab is being stopped
            self.executions.change(execution, status=states.ABANDONED)

    def _run(self, execution: Execution, action: Action) -> None:
        if self._stopped.is_set():
            self.executions.change(execution, status=states.ABANDONED)
            return
        if self.executions.get(execution.id).completed:
            return
        self.executions.change(execution, status=states.RUNNING)
        try:
            outcome = self._runners[action.runner.name](self._job(execution, action))
        except Exception as error:  # noqa: BLE001 - whatever a runner raises is a failed execution
            _LOG.info("execution %s of %s failed", execution.id, action.ref, exc_info=True)
            outcome = Outcome(states.FAILED, _failure(error))
        execution.context.update(outcome.context)
        result = outcome.result
        if isinstance(result, str) and result:
            result = _read(result)
        self.executions.change(execution, status=outcome.status, result=result)

    def _job(self, execution: Execution, action: Action) -> Job:
        config = self.config_of(action.pack, str(execution.context.get("user") or USER))
        rendering = Rendering(self.templates, action, context=execution.context, config=config)
        of_runner, of_action = rendering.final(execution.parameters)
        return Job(execution, action, of_runner, of_action, config, self)

    def cancel(self, identifier: str, *, user: str = USER) -> Execution:
        """Cancel an execution and what it started; what already runs in a process runs on, unheard.

        Raises:
            NotFound: There is none of that id.
            Invalid: It is completed.
        """
        execution = self.executions.get(identifier)
        if execution.completed:
            raise Invalid(f"execution {identifier} is already {execution.status}")
        self.executions.change(
            execution, status=states.CANCELED, result={"message": "Action canceled by user.", "user": user}
        )
        for child in self.executions.children(identifier):
            if not child.completed:
                self.cancel(child.id, user=user)
        return self.executions.get(identifier)

    def stop(self) -> None:
        """Take no more work; what waits is abandoned, what runs is not waited for."""
        self._stopped.set()
        for pool in (self._workers, self._workflows):
            pool.shutdown(wait=False, cancel_futures=True)


def _failure(error: Exception) -> dict[str, str]:
    return {"error": str(error), "traceback": "".join(traceback.format_tb(error.__traceback__, 20))}


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


__all__ = ["USER", "Actions", "NotFound", "StackStormError"]
