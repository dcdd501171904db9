"""Imports Orquesta's engine, which is older than the Pythons that it runs on here, and gives it StackStorm's functions.

Nothing of it is imported before `load`, because it takes a third of a second.
"""

from __future__ import annotations

import collections
import collections.abc
import fractions
import importlib
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from lab.stackstorm.filters import FILTERS

_MOVED = (
    "Callable",
    "Hashable",
    "Iterable",
    "Mapping",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Sequence",
    "Set",
)
#: Filters that StackStorm has under these names in workflows, too.
_ALSO = {
    "json_dump": "to_json_string",
    "json_parse": "from_json_string",
    "yaml_dump": "to_yaml_string",
    "yaml_parse": "from_yaml_string",
}
_lock = threading.Lock()
_loaded: Engine | None = None


@dataclass(frozen=True)
class Engine:
    """The modules of Orquesta that the runner uses, by their own names."""

    conducting: ModuleType
    events: ModuleType
    statuses: ModuleType
    exceptions: ModuleType
    loader: ModuleType
    expressions: ModuleType


@dataclass
class Hooks:
    """What StackStorm's functions in expressions ask the lab for; set by the service.

    Attributes:
        key: A value of the datastore: (name, user, decrypt) to text; raises NotFound.
        task: A task of a workflow: (workflow execution's id, task id, route) to a document, None where there is none.
    """

    key: Callable[[str, str, bool], str] | None = None
    task: Callable[[str, str, int], Mapping[str, Any] | None] | None = None


HOOKS = Hooks()


def load() -> Engine:
    """Import the engine, once."""
    global _loaded
    with _lock:
        if _loaded is None:
            _put_back_what_python_dropped()
            # The catalogue must hold the functions before the evaluators read it, which they do when they are imported.
            catalogue = importlib.import_module("orquesta.expressions.functions.base").load()
            catalogue.update(_functions())
            parameters: Any = importlib.import_module("orquesta.utils.parameters")
            parameters.REGEX_INLINE_PARAMS = "(?i)" + parameters.REGEX_INLINE_PARAMS.replace("(?i)", "")
            _loaded = Engine(
                conducting=importlib.import_module("orquesta.conducting"),
                events=importlib.import_module("orquesta.events"),
                statuses=importlib.import_module("orquesta.statuses"),
                exceptions=importlib.import_module("orquesta.exceptions"),
                loader=importlib.import_module("orquesta.specs.loader"),
                expressions=importlib.import_module("orquesta.expressions.base"),
            )
        return _loaded


def _put_back_what_python_dropped() -> None:
    for name in _MOVED:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    if not hasattr(fractions, "gcd"):
        fractions.gcd = math.gcd  # type: ignore[attr-defined]


def _functions() -> dict[str, Callable[..., Any]]:
    functions = {name: function for name, function in FILTERS.items() if name != "to_complex"}
    functions |= {name: FILTERS[same] for name, same in _ALSO.items()}
    return {**functions, "st2kv": _st2kv, "task": _task}


def _st2kv(context: Any, key: Any, **options: Any) -> Any:
    """A value of the datastore; `system.NAME` is everybody's, any other name the user's own."""
    from orquesta.exceptions import ExpressionEvaluationException as Failed

    decrypt = options.get("decrypt", False)
    if not isinstance(key, str):
        raise TypeError("Given key is not typeof string.")
    if not isinstance(decrypt, bool):
        raise TypeError("Decrypt parameter is not typeof bool.")
    user = str(context["__vars"]["st2"]["user"])
    assert HOOKS.key is not None
    try:
        return HOOKS.key(key, user, decrypt)
    except Exception as error:  # noqa: BLE001 - told in the engine's own way
        if "default" in options:
            return options["default"]
        raise Failed(str(error)) from None


def _task(context: Any, task_id: str | None = None, route: int | None = None) -> Any:
    """What became of a task of this workflow."""
    from orquesta.exceptions import ExpressionEvaluationException as Failed

    current = context["__current_task"] or {}
    wanted = str(current.get("id") if task_id is None else task_id)
    where = int(current.get("route", 0) if route is None else route)
    workflow = str(context["__vars"]["st2"]["workflow_execution_id"])
    assert HOOKS.task is not None
    # A task from before a split is on a route with a smaller number.
    for at in range(where, -1, -1):
        found = HOOKS.task(workflow, wanted, at)
        if found is not None:
            return found
    raise Failed(f'Unable to find task execution for "{wanted}".')
