"""The rules engine: which rules a trigger matches, and the executions that they start."""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from lab.stackstorm import criteria
from lab.stackstorm.actions import USER, Actions
from lab.stackstorm.database import Database, new_id
from lab.stackstorm.errors import Invalid, ParameterError
from lab.stackstorm.executions import now
from lab.stackstorm.filters import jsonpath
from lab.stackstorm.resources import Rule
from lab.stackstorm.rulebook import Rulebook
from lab.stackstorm.templates import Templates
from lab.stackstorm.triggers import Occurrence, Triggers

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 10_000
_EXPRESSION = re.compile(r"({{)\s*(.*)\s*(}})")


class Matcher:
    """Says whether one rule's criteria match a payload."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def matches(self, rule: Rule, payload: Any, *, problem: Callable[[str], None]) -> bool:
        """Whether every criterion of the rule holds; the first that does not ends the matter.

        Args:
            rule: Whose criteria are meant; whether it is enabled is not looked at.
            payload: The trigger's.
            problem: Told, in StackStorm's words, why a criterion could not be evaluated; it counts as not met.
        """
        if rule.criteria and not payload:
            return False
        criterion = _Criterion(rule, self._templates, problem)
        return all(criterion.holds(key, said, {"trigger": payload}) for key, said in rule.criteria.items())


class _Criterion:
    """Evaluates the criteria of one rule, those inside a search included."""

    def __init__(self, rule: Rule, templates: Templates, problem: Callable[[str], None]) -> None:
        self._rule = rule
        self._templates = templates
        self._problem = problem

    def holds(self, key: str, said: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        pattern = said.get("pattern")
        if "type" not in said:
            return False
        doing = f'Failed to render pattern value "{pattern}" for key "{key}"'
        try:
            if isinstance(pattern, str):
                pattern = self._rendered(pattern, context)
            doing = f"Failed transforming criteria key {key}"
            found = jsonpath(key.split("#", 1)[0]).find(context)
            doing = f"There might be a problem with the criteria in rule {self._rule.ref}"
            return self._compared(said, found[0].value if found else None, pattern)
        except Exception as error:  # noqa: BLE001 - whatever a criterion raises is no match, with a reason
            self._problem(f"{doing}: {error}")
            return False

    def _compared(self, said: Mapping[str, Any], value: Any, pattern: Any) -> bool:
        operator = criteria.OPERATORS[said["type"].lower()]
        if operator is not None:
            return operator(value, pattern)
        return criteria.search(
            value,
            condition=said.get("condition"),
            keys=list(pattern),
            matches=lambda item, child: self.holds(child, pattern[child], {"item": item}),
        )

    def _rendered(self, pattern: str, context: Mapping[str, Any]) -> Any:
        keys = self._templates.keys()
        context = {**context, "st2kv": keys, "system": keys["system"]}
        if _EXPRESSION.search(pattern):
            typed = _EXPRESSION.sub(r"\1\2 | to_complex\3", pattern)
            try:
                return orjson.loads(self._templates.render(typed, context))
            except ValueError:  # not one expression alone: the pattern is its text
                pass
        return self._templates.render(pattern, context)


class RulesEngine:
    """Takes occurrences one by one, in order, and starts what the matching rules say.

    Args:
        rulebook: The rules.
        triggers: Told when an occurrence is done with.
        actions: Starts executions.
        database: Keeps what became of each match.
    """

    def __init__(self, rulebook: Rulebook, triggers: Triggers, actions: Actions, database: Database) -> None:
        self._rulebook = rulebook
        self._triggers = triggers
        self._actions = actions
        self._database = database
        self._matcher = Matcher(actions.templates)
        self._waiting: queue.Queue[Occurrence | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="rules", daemon=True)
        database.execute(
            "CREATE TABLE IF NOT EXISTS enforcements (id TEXT PRIMARY KEY, occurrence TEXT, rule TEXT, at TEXT,"
            " status TEXT, execution TEXT, reason TEXT)"
        )
        triggers.accept = self.accept

    def start(self) -> None:
        """Begin to take occurrences."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more."""
        self._waiting.put(None)

    def accept(self, occurrence: Occurrence) -> None:
        """Queue one occurrence.

        Raises:
            Invalid: Ten thousand wait already.
        """
        try:
            self._waiting.put(occurrence, timeout=10)
        except queue.Full:
            raise Invalid(f"{_MOST_WAITING} triggers wait for the rules already; try again later") from None

    def _work(self) -> None:
        while (occurrence := self._waiting.get()) is not None:
            try:
                self.handle(occurrence)
                self._triggers.processed(occurrence)
            except Exception:  # noqa: BLE001 - one occurrence must not end the engine
                _LOG.exception("occurrence %s of %s could not be handled", occurrence.id, occurrence.trigger.ref)
                self._triggers.processed(occurrence, status="processing_failed")

    def handle(self, occurrence: Occurrence) -> None:
        """Start the action of every rule that matches; backstop rules only where no other did."""
        rules = self._rulebook.of_trigger(occurrence.trigger)
        matching = [rule for rule in rules if rule.kind != "backstop" and self._matches(rule, occurrence)]
        if not matching:
            matching = [rule for rule in rules if rule.kind == "backstop" and self._matches(rule, occurrence)]
        for rule in matching:
            self._enforce(rule, occurrence)

    def _matches(self, rule: Rule, occurrence: Occurrence) -> bool:
        if not rule.enabled:
            return False
        about = f'Failed to match rule "{rule.ref}" against trigger instance "{occurrence.id}"'
        return self._matcher.matches(
            rule, occurrence.payload, problem=lambda words: self._record(rule, occurrence, reason=f"{about}: {words}")
        )

    def _enforce(self, rule: Rule, occurrence: Occurrence) -> None:
        context: dict[str, Any] = {
            "trigger_instance": {"id": occurrence.id, "name": None},
            "rule": {"id": rule.ref, "name": rule.name},
            "user": USER,
        }
        try:
            context["pack"] = self._actions.registry.action(rule.action).pack
            parameters = self._actions.render(
                rule.action, rule.parameters, context=context, extra={"trigger": occurrence.payload}
            )
            execution = self._actions.request(rule.action, parameters, context=context)
        except ParameterError as error:
            try:
                self._actions.refuse(rule.action, rule.parameters, context=context, error=error, check=True)
            except Invalid as worse:  # the plain text of the templates does not fit either
                self._record(rule, occurrence, reason=str(worse))
            else:
                self._record(rule, occurrence, reason=str(error))
        except Exception as error:  # noqa: BLE001 - casts raise what they like; the rule failed, the engine goes on
            self._record(rule, occurrence, reason=str(error))
        else:
            self._record(rule, occurrence, execution=execution.id)

    def _record(
        self, rule: Rule, occurrence: Occurrence, *, reason: str | None = None, execution: str | None = None
    ) -> None:
        if reason:
            _LOG.warning("rule %s failed on %s: %s", rule.ref, occurrence.id, reason)
        self._database.execute(
            "INSERT INTO enforcements (id, occurrence, rule, at, status, execution, reason) VALUES (?,?,?,?,?,?,?)",
            (new_id(), occurrence.id, rule.ref, now(), "failed" if reason else "succeeded", execution, reason),
        )

    def enforcements(
        self, *, limit: int = 50, rule: str | None = None, occurrence: str | None = None
    ) -> list[dict[str, Any]]:
        """What became of matches, newest first, as StackStorm's API shows it."""
        where, values = ["1 = 1"], []
        for column, value in (("rule", rule), ("occurrence", occurrence)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        rows = self._database.rows(
            f"SELECT * FROM enforcements WHERE {' AND '.join(where)} ORDER BY at DESC LIMIT ?",  # noqa: S608
            (*values, limit),
        )
        return [
            {
                "id": row["id"],
                "rule": {"ref": row["rule"]},
                "trigger_instance_id": row["occurrence"],
                "execution_id": row["execution"],
                "status": row["status"],
                "failure_reason": row["reason"],
                "enforced_at": row["at"],
            }
            for row in rows
        ]
