"""Renders and casts the parameters of an execution, in the two steps that StackStorm takes.

When an execution is asked for (by a rule, a person or a workflow), its parameters' templates are rendered: `live`.
When it starts, the defaults of the others are added and everything is cast: `final`. A template may name other
parameters, the datastore (`st2kv`), the pack's config (`config_context`), the execution's own context
(`action_context`) and, from a rule, the `trigger`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jinja2
import orjson
from jinja2 import meta

from lab.stackstorm.casts import cast
from lab.stackstorm.errors import ParameterError
from lab.stackstorm.resources import Action
from lab.stackstorm.templates import Templates, is_template

_WHOLE_VARIABLE = re.compile(r'"{{([A-z0-9_-]+)}}"')
_MISSING: Any = object()


@dataclass
class _Node:
    """One name in the context: a value, or a template with the names that it needs."""

    value: Any = _MISSING
    template: Any = _MISSING
    needs: set[str] = field(default_factory=set)


class Rendering:
    """One rendering of one action's parameters.

    Args:
        templates: The Jinja environment and the datastore.
        action: Whose parameters they are.
        context: The execution's context (`user`, `pack`, `parent`, ...).
        config: The resolved config of the action's pack.
        extra: More names for templates (`trigger`).
    """

    def __init__(
        self,
        templates: Templates,
        action: Action,
        *,
        context: Mapping[str, Any],
        config: Mapping[str, Any],
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._templates = templates
        self._schemas: tuple[Mapping[str, Any], ...] = (action.parameters, action.runner.parameters)
        user = str(context.get("api_user") or context.get("user") or "stanley")
        self._nodes = {
            "st2kv": _Node(value=templates.keys(user=user)),
            "action_context": _Node(value=context),
            "config_context": _Node(value=config),
        }
        for name, value in (extra or {}).items():
            self._nodes[name] = _Node(value=value)

    def live(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given parameters rendered and cast, and those whose default is a template.

        Raises:
            ParameterError: A template names what is not there, or itself, or fails.
            ValueError: A value cannot be cast.
        """
        for name, value in given.items():
            self._add(name, value)
        return self._cast(list(given), self._resolve())

    def final(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The runner's parameters and the action's, complete; what was given is not rendered again.

        Raises:
            ParameterError: A default's template names what is not there, or itself, or fails.
            ValueError: A value cannot be cast.
        """
        for name, value in given.items():
            self._nodes[name] = _Node(value=value)
        context = self._resolve()
        done = self._cast(list(context), context)
        of_action, of_runner = self._schemas
        return (
            {name: value for name, value in done.items() if name in of_runner},
            {name: value for name, value in done.items() if name in of_action and name not in of_runner},
        )

    def _add(self, name: str, value: Any) -> None:
        node = self._nodes.setdefault(name, _Node())
        shown = str(value) if isinstance(value, (list, dict)) else value
        if is_template(shown):
            try:
                tree = self._templates.environment.parse(shown)
            except jinja2.TemplateSyntaxError:
                node.value = value
                return
            node.template = value
            node.needs |= meta.find_undeclared_variables(tree)
        else:
            node.value = value

    def _resolve(self) -> dict[str, Any]:
        for schemas in self._schemas:
            for name, said in schemas.items():
                node = self._nodes.get(name)
                # A template has no value yet, so a default that is a template replaces it; StackStorm does that too.
                if node is None or node.value in (_MISSING, None) or (said or {}).get("immutable", False):
                    self._add(name, (said or {}).get("default"))
        for needed in {need for node in self._nodes.values() for need in node.needs}:
            if needed not in self._nodes:
                raise ParameterError(f'Dependency unsatisfied in variable "{needed}"')
        context: dict[str, Any] = {}
        for name in self._in_order():
            try:
                context[name] = self._render(self._nodes[name], context)
            except Exception as error:  # a template may raise anything
                raise ParameterError(f'Failed to render parameter "{name}": {error}') from error
        return context

    def _in_order(self) -> list[str]:
        order: list[str] = []
        waiting = {name: set(node.needs) for name, node in self._nodes.items()}
        while waiting:
            free = [name for name, needs in waiting.items() if needs <= set(order)]
            if not free:
                raise ParameterError(
                    f"Cyclic dependency found in the following variables: {', '.join(sorted(waiting))}. Likely the "
                    "variable is referencing itself"
                )
            order += free
            for name in free:
                del waiting[name]
        return order

    def _render(self, node: _Node, context: Mapping[str, Any]) -> Any:
        if node.template is _MISSING:
            return None if node.value is _MISSING else node.value
        if isinstance(node.template, (list, dict)):
            template = _WHOLE_VARIABLE.sub(r"{{\1 | to_complex}}", orjson.dumps(node.template).decode())
            return orjson.loads(self._templates.render(template, context))
        return self._templates.render(str(node.template), context)

    def _cast(self, names: list[str], context: Mapping[str, Any]) -> dict[str, Any]:
        of_action, of_runner = self._schemas
        done = {
            name: cast(context[name], of_runner.get(name) if name in of_runner else of_action.get(name))
            for name in names
        }
        for schemas in self._schemas:
            for name, said in schemas.items():
                default = (said or {}).get("default")
                if name in done or (said or {}).get("immutable") or not is_template(default):
                    continue
                if default != context[name]:
                    done[name] = cast(context[name], said)
        return done
