"""What a runner is given, what it gives back, and what it may ask of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.stackstorm.executions import Execution
from lab.stackstorm.resources import Action

if TYPE_CHECKING:
    from lab.stackstorm.actions import Actions


@dataclass(frozen=True)
class Job:
    """One execution that starts.

    Attributes:
        execution: Its record.
        action: What is run.
        runner_parameters: The runner's own parameters, complete and cast.
        parameters: The action's parameters, complete and cast.
        config: The resolved config of the action's pack.
        actions: The service, to start other actions with.
    """

    execution: Execution
    action: Action
    runner_parameters: Mapping[str, Any]
    parameters: Mapping[str, Any]
    config: Mapping[str, Any]
    actions: Actions


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a status, the result, and what is added to the execution's context."""

    status: str
    result: Any = None
    context: Mapping[str, Any] = field(default_factory=dict)


Runner = Callable[[Job], Outcome]
