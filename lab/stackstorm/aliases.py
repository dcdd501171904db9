"""ChatOps: what people type, the alias that it matches, and what they would read in Slack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jinja2
import six  # type: ignore[import-untyped]
from jinja2.sandbox import SandboxedEnvironment

from lab.stackstorm.actions import USER, Actions
from lab.stackstorm.alias_formats import NoMatch, extract, extract_all
from lab.stackstorm.casts import cast_each
from lab.stackstorm.errors import Invalid
from lab.stackstorm.executions import Execution
from lab.stackstorm.resources import Alias

__all__ = ["Chat", "NoMatch", "extract", "extract_for"]

_DEFAULT_RESULT = """\
Action {{ execution.action.ref }} completed.
status : {{ execution.status }}
execution: {{ execution.id }}

{% if execution.elapsed_seconds %}
Took {{ execution.elapsed_seconds | to_human_time_from_seconds }} to complete.

{% endif %}
result :
--------
{{ execution.result | to_yaml_string }}"""


def representations(alias: Alias) -> list[tuple[str, bool]]:
    """Each format string of an alias, and whether it may match several places of one command."""
    found: list[tuple[str, bool]] = []
    for each in alias.formats:
        if isinstance(each, str):
            found.append((each, False))
            continue
        several = each.get("representation") or []
        several = [several] if isinstance(several, str) else several
        found += [(text, bool(each.get("match_multiple", False))) for text in several]
    return found


def extract_for(alias: Alias, format_string: str, command: str) -> dict[str, Any]:
    """The parameters that a command gives by one format of an alias.

    Raises:
        ValueError: The alias has no such format.
        NoMatch: The command does not match it.
    """
    if format_string not in [text for text, _ in representations(alias)]:
        raise ValueError(f'Format string "{format_string}" is not available on the alias "{alias.name}"')
    return extract(format_string, command)


class Chat:
    """Runs what people say.

    Args:
        actions: Runs the actions, and knows the aliases.
        shown: An execution as the API shows it.
    """

    def __init__(self, actions: Actions, shown: Callable[[Execution], dict[str, Any]]) -> None:
        self._actions = actions
        self._shown = shown
        self._lenient = SandboxedEnvironment(undefined=jinja2.Undefined, trim_blocks=True, lstrip_blocks=True)
        self._lenient.filters.update(actions.templates.environment.filters)
        self._lenient.tests["in"] = lambda item, items: item in items

    def match(self, command: str) -> tuple[Alias, str, bool]:
        """The one alias and format that a command matches.

        Raises:
            Invalid: None does, or more than one does; the message names those that do.
        """
        aliases = [alias for alias in self._actions.registry.aliases() if alias.enabled]
        for several in (False, True):
            found = [
                (alias, text, several)
                for alias in aliases
                for text, multiple in representations(alias)
                if multiple is several and _matches(text, command)
            ]
            if len(found) > 1:
                names = ", ".join(f"{alias.ref} ({text})" for alias, text, _ in found)
                raise Invalid(f"Command '{command}' matched more than 1 pattern: {names}")
            if found:
                return found[0]
        raise Invalid(f"Command '{command}' matched no patterns")

    def say(self, command: str, *, user: str, channel: str = "lab") -> list[dict[str, Any]]:
        """Start what a command asks for.

        Returns:
            For each execution the execution, and the acknowledgement as `message` (None where it is switched off).

        Raises:
            Invalid: The command matches no alias, or several; or its parameters do not fit.
            ValueError: A parameter cannot be cast.
        """
        alias, text, several = self.match(command)
        given = extract_all(text, command) if several else [extract(text, command)]
        context = {
            "action_alias_ref": {"id": alias.ref, "name": alias.name},
            "api_user": user,
            "user": USER,
            "source_channel": channel,
        }
        return [self._start(alias, self._with_fixed(alias, each, context), context) for each in given]

    def _with_fixed(self, alias: Alias, given: dict[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        overridden = [name for name in alias.immutable_parameters if name in given]
        if overridden:
            raise Invalid(f"Immutable arguments cannot be overriden: {','.join(overridden)}")
        keys = self._actions.templates.keys(user=USER)
        fixed = self._actions.templates.render_each(alias.immutable_parameters, {"st2kv": keys, **context})
        return {**given, **fixed}

    def _start(self, alias: Alias, given: dict[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        schemas = self._actions.registry.action(alias.action).casts
        lists = {
            name: [part.strip() for part in value.split(",")]
            for name, value in given.items()
            if isinstance(value, str) and schemas.get(name, {}).get("type") == "array"
        }
        parameters = cast_each({**given, **lists}, schemas)
        execution = self._actions.request(alias.action, parameters, context=context)
        return {"execution": self._shown(execution), "alias": alias.ref, "message": self._ack(alias, execution)}

    def _ack(self, alias: Alias, execution: Execution) -> str | None:
        if not alias.ack.get("enabled", True):
            return None
        if "format" not in alias.ack:
            return f"I'll take it from here! Your execution ID for reference is {execution.id}"
        context = {"execution": self._shown(execution), "actionalias": vars(alias)}
        try:
            return self._actions.templates.render(alias.ack["format"], context)
        except jinja2.UndefinedError as error:
            return f'Cannot render "format" in field "ack" for alias. {error}'

    def result(self, execution: Execution) -> str | None:
        """What is said when an execution that an alias started is done; None where that is switched off."""
        ref = (execution.context.get("action_alias_ref") or {}).get("id")
        found = [alias for alias in self._actions.registry.aliases() if alias.ref == ref]
        said: Mapping[str, Any] = found[0].result if found else {}
        if not said.get("enabled", True):
            return None
        context = {"six": six, "execution": self._shown(execution), "alias": vars(found[0]) if found else {}}
        return self._lenient.from_string(said.get("format", _DEFAULT_RESULT)).render(context)


def _matches(text: str, command: str) -> bool:
    try:
        return bool(extract_all(text, command))
    except NoMatch:
        return False
