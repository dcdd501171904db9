"""The rules that are in force: those of the packs, and those that were added, changed or removed while the lab runs."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import orjson

from lab.stackstorm.database import Database
from lab.stackstorm.errors import NotFound, StackStormError
from lab.stackstorm.resources import Rule
from lab.stackstorm.triggers import Trigger, Triggers


class Rulebook:
    """Rules by reference, each with its trigger. Whether one is enabled, and those added, outlive the lab's process."""

    def __init__(self, triggers: Triggers, database: Database) -> None:
        self._triggers = triggers
        self._database = database
        self._lock = threading.RLock()
        self._rules: dict[str, tuple[Rule, Trigger]] = {}
        database.execute("CREATE TABLE IF NOT EXISTS rules (ref TEXT PRIMARY KEY, enabled INTEGER, document BLOB)")

    def load(self, rules: list[Rule]) -> list[str]:
        """Take the packs' rules, and those that were added in an earlier run.

        Returns:
            Why a rule could not be taken, a sentence for each: its trigger type is not there, or its parameters do not
            fit. StackStorm logs that and goes on, too.
        """
        problems = []
        added = self._database.rows("SELECT document FROM rules WHERE document IS NOT NULL LIMIT 10000")
        for rule in [*rules, *(Rule(**orjson.loads(row["document"])) for row in added)]:
            row = self._database.row("SELECT enabled FROM rules WHERE ref = ?", (rule.ref,))
            if row is not None and row["enabled"] is not None:
                rule = dataclasses.replace(rule, enabled=bool(row["enabled"]))
            try:
                self._put(rule)
            except StackStormError as error:
                problems.append(f"rule {rule.ref} is not registered: {error}")
        return problems

    def _put(self, rule: Rule) -> None:
        with self._lock:
            old = self._rules.get(rule.ref)
            trigger = self._triggers.wanted(rule.trigger_type, rule.trigger_parameters)
            self._rules[rule.ref] = (rule, trigger)
            if old is not None:
                self._triggers.unwanted(old[1])

    def add(self, rule: Rule) -> Rule:
        """Add a rule, or put it in the place of one of the same reference.

        Raises:
            NotFound: It names a trigger type that is not there.
            Invalid: The parameters that it gives its trigger do not fit.
        """
        self._put(rule)
        self._database.execute(
            "INSERT OR REPLACE INTO rules (ref, enabled, document) VALUES (?, ?, ?)",
            (rule.ref, int(rule.enabled), orjson.dumps(dataclasses.asdict(rule))),
        )
        return rule

    def enable(self, ref: str, enabled: bool) -> Rule:
        """Switch a rule on or off.

        Raises:
            NotFound: There is no such rule.
        """
        with self._lock:
            rule, trigger = self._find(ref)
            rule = dataclasses.replace(rule, enabled=enabled)
            self._rules[ref] = (rule, trigger)
            changed = self._database.execute("UPDATE rules SET enabled = ? WHERE ref = ?", (int(enabled), ref))
            if not changed:
                self._database.execute("INSERT INTO rules (ref, enabled) VALUES (?, ?)", (ref, int(enabled)))
        self._triggers.touched(trigger)
        return rule

    def remove(self, ref: str) -> None:
        """Remove a rule; one of a pack is back when the lab starts again.

        Raises:
            NotFound: There is no such rule.
        """
        with self._lock:
            _, trigger = self._find(ref)
            del self._rules[ref]
            self._database.execute("DELETE FROM rules WHERE ref = ?", (ref,))
            self._triggers.unwanted(trigger)

    def _find(self, ref: str) -> tuple[Rule, Trigger]:
        try:
            return self._rules[ref]
        except KeyError:
            raise NotFound(f"there is no rule {ref!r}; there are {', '.join(sorted(self._rules))}") from None

    def all(self) -> list[dict[str, Any]]:
        """Every rule, as StackStorm's API shows it."""
        with self._lock:
            pairs = sorted(self._rules.values(), key=lambda pair: pair[0].ref)
        return [
            {
                "ref": rule.ref,
                "pack": rule.pack,
                "name": rule.name,
                "description": rule.description,
                "enabled": rule.enabled,
                "type": {"ref": rule.kind, "parameters": {}},
                "trigger": {"type": rule.trigger_type, "ref": trigger.ref, "parameters": dict(rule.trigger_parameters)},
                "criteria": dict(rule.criteria),
                "action": {"ref": rule.action, "parameters": dict(rule.parameters)},
            }
            for rule, trigger in pairs
        ]

    def of_trigger(self, trigger: Trigger) -> list[Rule]:
        """The rules of one trigger, in the order of their references."""
        with self._lock:
            return [rule for _, (rule, own) in sorted(self._rules.items()) if own.ref == trigger.ref]
