"""The packs that are registered, and what is found in them by reference."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TypeVar

from lab.stackstorm import schemas
from lab.stackstorm.core_pack import CORE_ACTIONS, CORE_TRIGGER_TYPES
from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.resources import Action, Alias, Pack, Rule, Sensor, TriggerType

_T = TypeVar("_T")


class Registry:
    """All packs, with StackStorm's own `core` among them."""

    def __init__(self, packs: Iterable[Pack] = ()) -> None:
        self._lock = threading.Lock()
        self.packs: dict[str, Pack] = {}
        self._actions: dict[str, Action] = {action.ref: action for action in CORE_ACTIONS}
        self._trigger_types: dict[str, TriggerType] = {kind.ref: kind for kind in CORE_TRIGGER_TYPES}
        for pack in packs:
            self.add(pack)

    def add(self, pack: Pack) -> None:
        """Register one more pack.

        Raises:
            Invalid: A pack of that ref is registered already.
        """
        with self._lock:
            if pack.ref in self.packs or pack.ref == "core":
                raise Invalid(f"there is a pack {pack.ref!r} already")
            self.packs[pack.ref] = pack
            self._actions.update({action.ref: action for action in pack.actions})
            self._trigger_types.update({kind.ref: kind for kind in pack.trigger_types})

    def action(self, ref: str) -> Action:
        """The action of that reference.

        Raises:
            NotFound: There is none; the message names near ones.
        """
        return _pick(self._actions, ref, "action")

    def actions(self) -> list[Action]:
        """Every action."""
        return list(self._actions.values())

    def trigger_type(self, ref: str) -> TriggerType:
        """The trigger type of that reference.

        Raises:
            NotFound: There is none.
        """
        return _pick(self._trigger_types, ref, "trigger type")

    def trigger_types(self) -> list[TriggerType]:
        """Every trigger type."""
        return list(self._trigger_types.values())

    def sensors(self) -> list[Sensor]:
        """Every sensor of every pack."""
        return [sensor for pack in self.packs.values() for sensor in pack.sensors]

    def rules(self) -> list[Rule]:
        """Every rule that a pack brought."""
        return [rule for pack in self.packs.values() for rule in pack.rules]

    def dangling(self) -> list[str]:
        """What cannot work although it registers, a sentence each.

        That is a rule, alias or policy that names an action which is not there, and a trigger type whose schema is
        wrong: StackStorm would drop every such trigger with a line in a log.
        """
        problems = []
        for kind in self.trigger_types():
            for name, schema in (("payload", kind.payload_schema), ("parameters", kind.parameters_schema)):
                problems += [
                    f"trigger type {kind.ref}: {name}_schema is wrong: {problem}"
                    for problem in list(schemas.errors(schema, schemas.SCHEMA))[:1]
                ]
        for pack in self.packs.values():
            users = [("rule", each.ref, each.action) for each in pack.rules]
            users += [("alias", each.ref, each.action) for each in pack.aliases]
            users += [("policy", f"{each.pack}.{each.name}", each.action) for each in pack.policies]
            problems += [
                f"{what} {ref} names the action {action}, which is not there"
                for what, ref, action in users
                if action not in self._actions
            ]
        return problems

    def aliases(self) -> list[Alias]:
        """Every alias of every pack."""
        return [alias for pack in self.packs.values() for alias in pack.aliases]


def _pick(known: dict[str, _T], ref: str, what: str) -> _T:
    try:
        return known[ref]
    except KeyError:
        import difflib

        near = difflib.get_close_matches(ref, known, n=3) or sorted(known)[:10]
        raise NotFound(f"there is no {what} {ref!r}; there are {', '.join(near)}") from None
