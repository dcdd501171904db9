"""Triggers: what sensors, timers and webhooks emit, and what rules ask for.

A trigger type without parameters has one trigger of its own name. A type with parameters has one trigger for each set
of parameters that some rule asks for; its name is a UUID, and it goes when the last such rule goes.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from lab.stackstorm import schemas
from lab.stackstorm.database import Database, new_id
from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.executions import now
from lab.stackstorm.registry import Registry

_KEPT_CHANGES = 10_000


@dataclass(frozen=True)
class Trigger:
    """One trigger; `name` is its type's, or a UUID where it has parameters."""

    pack: str
    name: str
    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """`pack.name`."""
        return f"{self.pack}.{self.name}"

    def as_json(self) -> dict[str, Any]:
        """The trigger as a sensor's `add_trigger` gets it."""
        return {
            "id": self.name,
            "uid": f"trigger:{self.pack}:{self.name}",
            "ref": self.ref,
            "name": self.name,
            "pack": self.pack,
            "type": self.type,
            "parameters": dict(self.parameters),
        }


@dataclass(frozen=True)
class Occurrence:
    """One trigger instance: a trigger that happened, with its payload."""

    trigger: Trigger
    payload: Any
    id: str = field(default_factory=new_id)
    occurrence_time: str = field(default_factory=now)


class Triggers:
    """Every trigger, who wants to hear of them, and what has occurred.

    Args:
        registry: The trigger types.
        database: Keeps the names of parameterised triggers, and what occurred.
        keep: How many occurrences are kept.
    """

    def __init__(self, registry: Registry, database: Database, *, keep: int = 20_000) -> None:
        self._registry = registry
        self._database = database
        self._keep = keep
        self._added = 0
        self._triggers: dict[str, Trigger] = {}
        self._wanted: dict[str, int] = {}
        self._changes: deque[tuple[int, str, Trigger]] = deque(maxlen=_KEPT_CHANGES)
        self._sequence = 0
        self._changed = threading.Condition()
        self.on_change: Callable[[str, Trigger], None] = lambda *_: None
        self.accept: Callable[[Occurrence], None] = lambda _: None
        database.execute("CREATE TABLE IF NOT EXISTS triggers (type TEXT, parameters BLOB, name TEXT)")
        database.execute(
            "CREATE TABLE IF NOT EXISTS occurrences (id TEXT PRIMARY KEY, trigger TEXT, type TEXT, at TEXT,"
            " status TEXT, payload BLOB)"
        )
        for kind in registry.trigger_types():
            if not kind.parameters_schema:
                trigger = Trigger(kind.pack, kind.name, kind.ref)
                self._triggers[trigger.ref] = trigger

    def wanted(self, kind: str, parameters: Mapping[str, Any]) -> Trigger:
        """The trigger that a rule asks for, made where it is the first to ask.

        Raises:
            NotFound: There is no such trigger type.
            Invalid: The parameters do not fit, or the type needs some and got none.
        """
        known = self._registry.trigger_type(kind)
        if known.parameters_schema:
            try:
                schemas.validate(dict(parameters), known.parameters_schema)
            except Invalid as problem:
                raise Invalid(f"the parameters of trigger {kind} do not fit: {problem}") from None
        with self._changed:
            trigger = self._find(kind, parameters)
            if trigger is None and not parameters:
                raise Invalid(f"trigger type {kind} has parameters; a rule must give some")
            if trigger is None:
                trigger = Trigger(known.pack, self._name(kind, parameters), kind, dict(parameters))
                self._triggers[trigger.ref] = trigger
                self._announce("create", trigger)
            self._wanted[trigger.ref] = self._wanted.get(trigger.ref, 0) + 1
            return trigger

    def unwanted(self, trigger: Trigger) -> None:
        """One rule less asks for it; a parameterised trigger that none asks for goes."""
        with self._changed:
            self._wanted[trigger.ref] = self._wanted.get(trigger.ref, 1) - 1
            if trigger.parameters and self._wanted[trigger.ref] <= 0:
                self._triggers.pop(trigger.ref, None)
                self._announce("delete", trigger)

    def touched(self, trigger: Trigger) -> None:
        """A rule of this trigger was switched: its sensor hears of an update, and the trigger stays."""
        with self._changed:
            self._announce("update", trigger)

    def _find(self, kind: str, parameters: Mapping[str, Any]) -> Trigger | None:
        for trigger in self._triggers.values():
            if trigger.type == kind and trigger.parameters == dict(parameters):
                return trigger
        return None

    def _name(self, kind: str, parameters: Mapping[str, Any]) -> str:
        """The same name for the same parameters after a restart."""
        key = orjson.dumps(dict(parameters), option=orjson.OPT_SORT_KEYS)
        row = self._database.row("SELECT name FROM triggers WHERE type = ? AND parameters = ?", (kind, key))
        if row is not None:
            return str(row["name"])
        name = str(uuid.uuid4())
        self._database.execute("INSERT INTO triggers (type, parameters, name) VALUES (?, ?, ?)", (kind, key, name))
        return name

    def _announce(self, what: str, trigger: Trigger) -> None:
        self._sequence += 1
        self._changes.append((self._sequence, what, trigger))
        self._changed.notify_all()
        self.on_change(what, trigger)

    def all(self) -> list[Trigger]:
        """Every trigger that there is now."""
        with self._changed:
            return list(self._triggers.values())

    def changes(self, *, since: int, types: frozenset[str], timeout: float) -> tuple[int, list[tuple[str, Trigger]]]:
        """What was created or deleted after a point, waited for up to `timeout` seconds; 0 means: all there are."""
        with self._changed:
            if since == 0:
                return max(self._sequence, 1), [
                    ("create", trigger) for trigger in self._triggers.values() if trigger.type in types
                ]
            self._changed.wait_for(lambda: self._sequence > since, timeout)
            later = [(what, trigger) for at, what, trigger in self._changes if at > since and trigger.type in types]
            return max(self._sequence, since), later

    def named(self, trigger: str | Mapping[str, Any]) -> Trigger:
        """The trigger that a reference, or a mapping with type and parameters, names.

        Raises:
            NotFound: There is none.
        """
        with self._changed:
            if isinstance(trigger, str):
                found = self._triggers.get(trigger)
            elif trigger.get("id") or trigger.get("ref"):
                found = next(
                    (t for t in self._triggers.values() if t.name == trigger.get("id") or t.ref == trigger.get("ref")),
                    None,
                )
            else:
                found = self._find(str(trigger.get("type")), trigger.get("parameters") or {})
        if found is None:
            raise NotFound(f"there is no trigger {trigger!r}")
        return found

    def dispatch(self, trigger: str | Mapping[str, Any], payload: Any, *, check: bool = True) -> Occurrence:
        """Record that a trigger occurred, and hand it to the rules.

        Args:
            trigger: Its reference, or a mapping with its type and parameters.
            payload: What the rules get.
            check: Whether the payload must fit the type's schema; StackStorm does not ask that of its own triggers.

        Raises:
            NotFound: There is no such trigger.
            Invalid: The payload does not fit the trigger type's schema.
        """
        found = self.named(trigger)
        schema = self._registry.trigger_type(found.type).payload_schema
        if schema and check:
            try:
                schemas.validate(payload, schema)
            except Invalid as problem:
                raise Invalid(f"the payload does not fit trigger {found.type}: {problem}") from None
        occurrence = Occurrence(found, payload if payload is not None else {})
        self._database.execute(
            "INSERT INTO occurrences (id, trigger, type, at, status, payload) VALUES (?, ?, ?, ?, 'pending', ?)",
            (occurrence.id, found.ref, found.type, occurrence.occurrence_time, orjson.dumps(occurrence.payload)),
        )
        self._added += 1
        if self._added % 100 == 0:
            self._database.execute(
                "DELETE FROM occurrences WHERE id NOT IN (SELECT id FROM occurrences ORDER BY at DESC LIMIT ?)",
                (self._keep,),
            )
        self.accept(occurrence)
        return occurrence

    def processed(self, occurrence: Occurrence, *, status: str = "processed") -> None:
        """The rules are done with it."""
        self._database.execute("UPDATE occurrences SET status = ? WHERE id = ?", (status, occurrence.id))

    def latest(
        self, *, limit: int = 50, kind: str | None = None, trigger: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """What occurred, newest first: of one type, or of one trigger."""
        column, value = ("trigger", trigger) if trigger else ("type", kind)
        where, values = (f"WHERE {column} = ?", (value,)) if value else ("", ())
        for row in self._database.rows(
            f"SELECT * FROM occurrences {where} ORDER BY at DESC LIMIT ?",  # noqa: S608 - `where` names one of two columns
            (*values, limit),
        ):
            yield {
                "id": row["id"],
                "trigger": row["trigger"],
                "type": row["type"],
                "occurrence_time": row["at"],
                "status": row["status"],
                "payload": orjson.loads(row["payload"]),
            }
