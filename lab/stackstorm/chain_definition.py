"""An action-chain's definition: its tasks, where it begins, and what follows what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.stackstorm import resource_schemas, schemas
from lab.stackstorm.errors import Invalid
from lab.stackstorm.templates import is_template


@dataclass(frozen=True)
class Task:
    """One task of a chain."""

    name: str
    ref: str
    parameters: Mapping[str, Any]
    publish: Mapping[str, Any]
    on_success: str
    on_failure: str
    said: Mapping[str, Any]  # as it was written


@dataclass(frozen=True)
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
