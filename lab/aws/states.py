"""RDS objects take their time: created, modified and deleted ones show a state in between that moto skips."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree

from lab.aws import answers
from lab.aws.calls import Call
from lab.standins.httpd import Response

# Seconds that each state in between is shown for; 0 skips it, as moto does.
DEFAULT_DELAYS = {"creating": 0.0, "modifying": 0.0, "rebooting": 0.0, "deleting": 0.0}


@dataclass(frozen=True)
class Kind:
    """How one kind of RDS object appears on the wire, and which actions move it."""

    element: str
    identifier: str
    status: str
    describe: str
    create: tuple[str, ...]
    modify: tuple[str, ...]
    delete: str
    not_found: str
    exists: str
    wrong_state: str


KINDS = (
    Kind(
        "DBInstance", "DBInstanceIdentifier", "DBInstanceStatus", "DescribeDBInstances",
        ("CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot",
         "RestoreDBInstanceToPointInTime"),
        ("ModifyDBInstance", "RebootDBInstance"), "DeleteDBInstance",
        "DBInstanceNotFound", "DBInstanceAlreadyExists", "InvalidDBInstanceState",
    ),
    Kind(
        "DBCluster", "DBClusterIdentifier", "Status", "DescribeDBClusters",
        ("CreateDBCluster", "RestoreDBClusterFromSnapshot"), ("ModifyDBCluster",), "DeleteDBCluster",
        "DBClusterNotFoundFault", "DBClusterAlreadyExistsFault", "InvalidDBClusterStateFault",
    ),
    Kind(
        "DBSnapshot", "DBSnapshotIdentifier", "Status", "DescribeDBSnapshots",
        ("CreateDBSnapshot",), (), "DeleteDBSnapshot",
        "DBSnapshotNotFound", "DBSnapshotAlreadyExists", "InvalidDBSnapshotState",
    ),
    Kind(
        "DBClusterSnapshot", "DBClusterSnapshotIdentifier", "Status", "DescribeDBClusterSnapshots",
        ("CreateDBClusterSnapshot",), (), "DeleteDBClusterSnapshot",
        "DBClusterSnapshotNotFoundFault", "DBClusterSnapshotAlreadyExistsFault", "InvalidDBClusterSnapshotStateFault",
    ),
)  # fmt: skip

Key = tuple[str, str, str]  # region, element, identifier


@dataclass
class Shown:
    """What an object shows instead of moto's status; `ghost` is one that moto has already deleted."""

    status: str
    until: float
    ghost: ElementTree.Element | None = None


@dataclass
class States:
    """The states in between of every RDS object, by a clock that tests can move."""

    now: Callable[[], float]
    delays: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_DELAYS))
    shown: dict[Key, Shown] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def force(self, *, region: str, element: str, identifier: str, status: str, seconds: float | None) -> None:
        """Show `status` (`failed`, `storage-full`, ...) for an object, for good or for `seconds`."""
        until = float("inf") if seconds is None else self.now() + seconds
        with self.lock:
            self.shown[(region, element, identifier.lower())] = Shown(status, until)

    def release(self, *, region: str, element: str, identifier: str) -> None:
        """Let an object show moto's own status again; one that is deleting stays so."""
        key = (region, element, identifier.lower())
        with self.lock:
            if key in self.shown and self.shown[key].ghost is None:
                del self.shown[key]

    def clear(self) -> None:
        """Forget everything shown, and the delays."""
        with self.lock:
            self.shown.clear()
            self.delays = dict(DEFAULT_DELAYS)

    def current(self, key: Key) -> Shown | None:
        """What an object shows now, None where it shows moto's own status."""
        with self.lock:
            shown = self.shown.get(key)
            if shown is not None and shown.until <= self.now():
                del self.shown[key]
                return None
            return shown

    def refusal(self, call: Call) -> Response | None:
        """AWS's refusal of a writing call that the object's shown state does not allow, None where it does."""
        for kind in KINDS:
            shown = self.current((call.region, kind.element, call.params.get(kind.identifier, "").lower()))
            if shown is None:
                continue
            if call.action in kind.create and shown.ghost is not None:
                return answers.error("rds", kind.exists)
            if call.action == kind.delete and shown.status == "deleting":
                name = call.params[kind.identifier]
                return answers.error("rds", kind.wrong_state, message=f"Instance {name} is already being deleted.")
            if shown.status != "available" and (
                call.action in kind.modify or (call.action.startswith("Create") and "Snapshot" in call.action)
            ):
                return answers.error("rds", kind.wrong_state)
        return None

    def observe(self, call: Call, response: Response) -> None:
        """Note what a writing call that succeeded has set in motion."""
        for kind in KINDS:
            status = self._status_after(kind, call)
            identifier = call.params.get(kind.identifier, "").lower()
            if not identifier or not status or not self.delays.get(status):
                continue
            ghost = _only(kind, response) if status == "deleting" else None
            if status == "deleting" and ghost is None:
                continue
            key = (call.region, kind.element, identifier)
            with self.lock:
                self.shown[key] = Shown(status, self.now() + self.delays[status], ghost)

    def _status_after(self, kind: Kind, call: Call) -> str:
        if call.action in kind.create:
            return "creating"
        if call.action == kind.delete:
            return "deleting"
        if call.action in kind.modify:
            return "rebooting" if call.action.startswith("Reboot") else "modifying"
        return ""

    def rewrite(self, call: Call, response: Response) -> Response:
        """The answer with every object in the state that it shows now."""
        kinds = [kind for kind in KINDS if call.action in (kind.describe, kind.delete, *kind.create, *kind.modify)]
        if not kinds:
            return response
        kind = kinds[0]
        if response.status != 200:
            return self._ghost_alone(kind, call) or response
        document = answers.Document.parse(response.body)
        if document is None:
            return response
        changed = False
        for element in document.all(kind.element):
            key = (call.region, kind.element, document.text(element, kind.identifier).lower())
            shown = self.current(key)
            if shown is not None and shown.ghost is None:
                document.put(element, kind.status, shown.status)
                if shown.status == "creating":
                    document.drop(element, "Endpoint")  # AWS gives none before the object is there
                changed = True
        changed = self._add_ghosts(kind, call, document) or changed
        return Response(200, document.body(), response.headers) if changed else response

    def _ghosts(self, kind: Kind, call: Call) -> list[ElementTree.Element]:
        with self.lock:
            keys = [key for key in self.shown if key[:2] == (call.region, kind.element)]
        found = [shown for key in sorted(keys) if (shown := self.current(key)) is not None]
        return [copy.deepcopy(shown.ghost) for shown in found if shown.ghost is not None]

    def _add_ghosts(self, kind: Kind, call: Call, document: answers.Document) -> bool:
        one = call.params.get(kind.identifier) or any(name.startswith("Filters") for name in call.params)
        lists = document.all(kind.element + "s")
        if call.action != kind.describe or one or not lists or document.all("Marker"):
            return False
        ghosts = self._ghosts(kind, call)
        lists[0].extend(ghosts)
        return bool(ghosts)

    def _ghost_alone(self, kind: Kind, call: Call) -> Response | None:
        key = (call.region, kind.element, call.params.get(kind.identifier, "").lower())
        shown = self.current(key)
        if call.action != kind.describe or shown is None or shown.ghost is None:
            return None
        namespace = shown.ghost.tag.partition("}")[0] + "}" if shown.ghost.tag.startswith("{") else ""
        root = ElementTree.Element(f"{namespace}{kind.describe}Response")
        result = ElementTree.SubElement(root, f"{namespace}{kind.describe}Result")
        ElementTree.SubElement(result, f"{namespace}{kind.element}s").append(copy.deepcopy(shown.ghost))
        return Response(200, answers.Document(root).body(), {"Content-Type": "text/xml"})


def _only(kind: Kind, response: Response) -> ElementTree.Element | None:
    """The one object of an answer, its status set to `deleting`."""
    document = answers.Document.parse(response.body)
    elements = document.all(kind.element) if document is not None else []
    if document is None or not elements:
        return None
    document.put(elements[0], kind.status, "deleting")
    return elements[0]
