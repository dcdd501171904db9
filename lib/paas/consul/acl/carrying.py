"""ACL policies, roles and tokens from one Consul to another, by the same rules as keys: what was made is noted."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paas.consul.acl.items import KINDS, Acls, Item, Kind, names, read_acls
from paas.consul.listing import read_one
from paas.consul.lock import Lock, LockLost
from paas.consul.transactions import Limits, cas, check_session, transact
from paas.consul.wire import Wire

Name = tuple[Kind, str]
_NAMES_AT_MOST = 20


@dataclass
class AclPlan:
    """What would bring the ACLs in step.

    Attributes:
        creates: What is not on the destination.
        updates: What the sync made and is different on the source now, as it is to be and as it is there.
        deletes: What the sync made, nobody changed, and has left the source.
        different: What somebody changed on the destination, or made there, or deleted there.
    """

    creates: list[Item] = field(default_factory=list)
    updates: list[tuple[Item, Item]] = field(default_factory=list)
    deletes: list[Item] = field(default_factory=list)
    different: list[Item] = field(default_factory=list)

    def as_dict(self, acls: Acls) -> dict[str, Any]:
        """Counts and names; no secret id."""
        lists = {
            "create": self.creates,
            "update": [wanted for wanted, _ in self.updates],
            "delete": self.deletes,
            "different": self.different,
        }
        said: dict[str, Any] = {name: {"count": len(items), **_first(items)} for name, items in lists.items()}
        return {**said, "left_out": dict(acls.left_out)}


def plan_acls(source: Acls, destination: Acls, notes: Mapping[Name, list[str]], *, repair: bool) -> AclPlan:
    """Compare; `notes` are the digests of what the sync made, or means to make."""
    plan = AclPlan()
    for name, wanted in source.items.items():
        there, noted = destination.items.get(name), notes.get(name, [])
        if there is None:
            # An empty digest among the notes is a creation that was only intended.
            (plan.creates if not noted or "" in noted or repair else plan.different).append(wanted)
        elif there.digest != wanted.digest:
            if repair or there.digest in noted:
                plan.updates.append((wanted, there))
            else:
                plan.different.append(wanted)
    for name, noted in notes.items():
        there = destination.items.get(name)
        if name not in source.items and there is not None:
            (plan.deletes if there.digest in noted else plan.different).append(there)
    return plan


class AclCarrier:
    """Carries the ACLs of one pair.

    Args:
        source: The Consul that is read.
        destination: The Consul that is written.
        key: The key of the destination that holds the notes.
        lock: The pair's lock.
    """

    def __init__(self, source: Wire, destination: Wire, *, key: str, lock: Lock) -> None:
        self._source = source
        self._destination = destination
        self._key = key
        self._lock = lock

    def carry(self, *, repair: bool, max_delete_share: float, dry_run: bool = False) -> tuple[AclPlan, dict[str, Any]]:
        """Compare, and write what differs.

        Args:
            repair: Whether the source wins over what somebody changed on the destination.
            max_delete_share: The largest share of what the sync made that it may delete.
            dry_run: Only compare.

        Returns:
            The plan, and the plan as plain JSON.

        Raises:
            Refused: ACLs are off, or hidden.
            LockLost: Another one may be the syncer by now.
            ServerError: One of the two did not answer.
        """
        source = read_acls(self._source, with_secrets=True)
        destination = read_acls(self._destination, with_secrets=True)
        modified, notes = self._read_notes()
        plan = plan_acls(source, destination, notes, repair=repair)
        if len(plan.deletes) > max_delete_share * len(notes):
            plan.different += plan.deletes
            plan.deletes = []
        said = plan.as_dict(source)
        todo = [*plan.creates, *(wanted for wanted, _ in plan.updates)]
        if dry_run or not (todo or plan.deletes):
            return plan, said
        modified = self._write_notes(_intended(notes, plan), modified)
        for kind in KINDS:
            for wanted in (each for each in plan.creates if each.kind == kind):
                self._send("PUT", f"acl/{kind}", "create", wanted)
            for wanted, there in (each for each in plan.updates if each[0].kind == kind):
                self._send("PUT", f"acl/{kind}/{there.id}", "update", wanted)
        for kind in reversed(KINDS):
            for there in (each for each in plan.deletes if each.kind == kind):
                self._send("DELETE", f"acl/{kind}/{there.id}", "delete", there)
        self._write_notes(_done(notes, plan), modified)
        return plan, said

    def _send(self, method: str, path: str, operation: str, item: Item) -> None:
        content = dict(item.content)
        if operation == "update" and item.kind == "token":
            content.pop("ExpirationTime", None)  # Consul takes none that was set before
        if operation == "update" and item.kind != "token":
            content["ID"] = path.rpartition("/")[2]
        body = None if method == "DELETE" else json.dumps(content).encode()
        self._destination.ask(method, path, operation=operation, target=f"ACL {item.kind} {item.name}", body=body)

    def _read_notes(self) -> tuple[int, dict[Name, list[str]]]:
        found = read_one(self._destination, self._key)
        if found is None:
            return 0, {}
        try:
            said = json.loads(base64.b64decode(found.value))
            notes = {(kind, name): list(marks) for kind in KINDS for name, marks in said.get(kind, {}).items()}
        except (ValueError, TypeError, AttributeError):
            notes = {}
        return found.modified, notes

    def _write_notes(self, notes: Mapping[Name, list[str]], modified: int) -> int:
        said: dict[str, dict[str, list[str]]] = {}
        for (kind, name), marks in sorted(notes.items()):
            said.setdefault(kind, {})[name] = marks
        value = base64.b64encode(json.dumps(said).encode()).decode("ascii")
        operations = [
            check_session(self._lock.key, self._lock.session),
            cas(self._key, value, flags=0, index=modified),
        ]
        outcome = transact(self._destination, operations, limits=Limits(), target=self._key)
        if outcome.refused:
            raise LockLost(f"{self._key} could not be written: {'; '.join(outcome.refused.values())}")
        return outcome.indexes[-1]


def _intended(notes: Mapping[Name, list[str]], plan: AclPlan) -> dict[Name, list[str]]:
    """The notes before anything is done: what is there, and what is meant to be."""
    intended = dict(notes)
    for wanted in plan.creates:
        intended[wanted.kind, wanted.name] = [wanted.digest, ""]
    for wanted, there in plan.updates:
        intended[wanted.kind, wanted.name] = [wanted.digest, there.digest]
    return intended


def _done(notes: Mapping[Name, list[str]], plan: AclPlan) -> dict[Name, list[str]]:
    done = dict(notes)
    for wanted in (*plan.creates, *(wanted for wanted, _ in plan.updates)):
        done[wanted.kind, wanted.name] = [wanted.digest]
    for there in plan.deletes:
        done.pop((there.kind, there.name), None)
    return done


def _first(items: list[Item]) -> dict[str, list[str]]:
    return {kind: found[:_NAMES_AT_MOST] for kind, found in names(items).items()}
