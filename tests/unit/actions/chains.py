"""An action-chain of the pack, run in this process: its tasks, templates and casts are those of the pack's files."""

from __future__ import annotations

import importlib
from pathlib import Path

import jinja2
import yaml
from st2common.runners.utils import get_action_class_instance

from lab.stackstorm.casts import cast_each
from lab.stackstorm.filters import FILTERS

ACTIONS = Path(__file__).resolve().parents[3] / "actions"


def run_chain(name: str, *, config: dict, parameters: dict, before: dict | None = None) -> tuple[bool, list]:
    """Run a chain.

    Args:
        name: The chain's action.
        config: The pack's configuration.
        parameters: Its own parameters.
        before: What to call before the task of a name.

    Returns:
        Whether its last task succeeded, and each task's name, success and result.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.filters.update(FILTERS)
    context = {**_defaults(name), **parameters}
    chain = yaml.safe_load((ACTIONS / "workflows" / f"{name}.yaml").read_text())
    tasks = {task["name"]: task for task in chain["chain"]}
    following, done = chain["default"], []
    while following:
        task = tasks[following]
        (before or {}).get(following, lambda: None)()
        given = {
            key: environment.from_string(value).render(context) if isinstance(value, str) else value
            for key, value in task["parameters"].items()
        }
        succeeded, result = _run(task["ref"].removeprefix("kubernetes."), config, given)
        done.append((following, succeeded, result))
        context[following] = {"result": result}
        following = task.get("on-success" if succeeded else "on-failure")
    return done[-1][1], done


def run_action(name: str, *, config: dict, parameters: dict) -> tuple[bool, dict]:
    """Run one Python action of the pack in this process."""
    return _run(name, config, parameters)


def _defaults(action: str) -> dict:
    declared = yaml.safe_load((ACTIONS / f"{action}.yaml").read_text())["parameters"]
    return {name: each.get("default") for name, each in declared.items() if name != "timeout"}


def _run(action: str, config: dict, given: dict) -> tuple[bool, dict]:
    declared = yaml.safe_load((ACTIONS / f"{action}.yaml").read_text())["parameters"]
    module = importlib.import_module(action)
    action_cls = next(each for each in vars(module).values() if getattr(each, "__module__", "") == action)
    action_of_config = get_action_class_instance(action_cls, config=config, action_service=None)
    return action_of_config.run(**{**_defaults(action), **cast_each(given, declared)})
