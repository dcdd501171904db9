"""The record of every execution: who asked for what, with which parameters, and what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

import orjson

from lab.stackstorm.database import Database, new_id
from lab.stackstorm.errors import NotFound
from lab.stackstorm.masking import MASK, masked, masked_parameters
from lab.stackstorm.resources import Action

REQUESTED, RUNNING, PENDING = "requested", "running", "pending"
SUCCEEDED, FAILED, TIMED_OUT, CANCELED, ABANDONED = "succeeded", "failed", "timeout", "canceled", "abandoned"
PAUSING, PAUSED, RESUMING, CANCELING, DELAYED = "pausing", "paused", "resuming", "canceling", "delayed"
COMPLETED = frozenset({SUCCEEDED, FAILED, TIMED_OUT, CANCELED, ABANDONED})


def now() -> str:
    """This moment as StackStorm writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment() -> str:
    """This moment as StackStorm writes it into the tasks of a chain."""
    return now().replace("Z", "+00:00")


@dataclass
class Execution:
    """One execution. `result` is what the runner returned; `context` says where it comes from."""

    action: str
    runner: str
    parameters: dict[str, Any]
    context: dict[str, Any]
    id: str = field(default_factory=new_id)
    status: str = REQUESTED
    result: Any = None
    start_timestamp: str = field(default_factory=now)
    end_timestamp: str | None = None
    elapsed_seconds: float | None = None
    parent: str | None = None
    rule: str | None = None
    trigger_instance: str | None = None
    log: list[dict[str, str]] = field(default_factory=list)

    @property
    def completed(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in COMPLETED


class Executions:
    """The store of executions, which threads may wait on.

    Args:
        database: Where they are kept.
        keep: How many are kept; the oldest completed ones go first.
    """

    def __init__(self, database: Database, *, keep: int = 20_000) -> None:
        self._database = database
        self._keep = keep
        self._added = 0
        self._changed = threading.Condition()
        self.on_change: Callable[[Execution], None] | None = None
        database.execute(
            "CREATE TABLE IF NOT EXISTS executions (id TEXT PRIMARY KEY, parent TEXT, status TEXT, action TEXT,"
            " started TEXT, occurrence TEXT, document BLOB)"
        )
        database.execute("CREATE INDEX IF NOT EXISTS executions_by_parent ON executions (parent)")
        database.execute("CREATE INDEX IF NOT EXISTS executions_by_start ON executions (started)")
        self._abandon_unfinished()

    def _abandon_unfinished(self) -> None:
        """What ran when the lab was stopped will never end by itself."""
        marks = ",".join("?" for _ in COMPLETED)
        for row in self._database.rows(
            f"SELECT document FROM executions WHERE status NOT IN ({marks})",  # noqa: S608 - only question marks
            tuple(sorted(COMPLETED)),
        ):
            self.change(Execution(**orjson.loads(row["document"])), status=ABANDONED)

    def add(self, execution: Execution) -> None:
        """Record a new execution, and drop the oldest when there are too many."""
        execution.log.append({"timestamp": execution.start_timestamp, "status": execution.status})
        self._write(execution)
        self._added += 1
        if self._added % 100 == 0:
            self._database.execute(
                "DELETE FROM executions WHERE status IN ('succeeded', 'failed', 'timeout', 'canceled', 'abandoned')"
                " AND id NOT IN (SELECT id FROM executions ORDER BY started DESC LIMIT ?)",
                (self._keep,),
            )

    def change(self, execution: Execution, *, status: str | None = None, result: Any = None) -> None:
        """Give an execution a status and a result; one that is completed changes no more."""
        with self._changed:
            stored = self._find(execution.id)
            if stored is not None and stored.completed:
                execution.status, execution.result = stored.status, stored.result
                return
            if result is not None:
                execution.result = result
            if status is not None and status != execution.status:
                if execution.status in (REQUESTED, DELAYED) and status == RUNNING:
                    execution.log.append({"timestamp": now(), "status": "scheduled"})
                execution.status = status
                execution.log.append({"timestamp": now(), "status": status})
            if execution.completed and execution.end_timestamp is None:
                execution.end_timestamp = now()
                begun = datetime.fromisoformat(execution.start_timestamp.replace("Z", "+00:00"))
                execution.elapsed_seconds = round((datetime.now(timezone.utc) - begun).total_seconds(), 6)
            self._write(execution)
            self._changed.notify_all()
        if self.on_change is not None:
            self.on_change(execution)

    def _write(self, execution: Execution) -> None:
        document = orjson.dumps(asdict(execution), default=str, option=orjson.OPT_NON_STR_KEYS)
        self._database.execute(
            "INSERT OR REPLACE INTO executions (id, parent, status, action, started, occurrence, document)"
            " VALUES (?,?,?,?,?,?,?)",
            (
                execution.id,
                execution.parent,
                execution.status,
                execution.action,
                execution.start_timestamp,
                execution.trigger_instance,
                document,
            ),
        )

    def _find(self, identifier: str) -> Execution | None:
        row = self._database.row("SELECT document FROM executions WHERE id = ?", (identifier,))
        return None if row is None else Execution(**orjson.loads(row["document"]))

    def get(self, identifier: str) -> Execution:
        """One execution.

        Raises:
            NotFound: There is none of that id.
        """
        found = self._find(identifier)
        if found is None:
            raise NotFound(f"there is no execution {identifier!r}")
        return found

    def children(self, identifier: str) -> list[Execution]:
        """What an execution started itself, oldest first."""
        rows = self._database.rows(
            "SELECT document FROM executions WHERE parent = ? ORDER BY started LIMIT 10000", (identifier,)
        )
        return [Execution(**orjson.loads(row["document"])) for row in rows]

    def latest(
        self,
        *,
        limit: int = 50,
        action: str | None = None,
        status: str | None = None,
        parents: bool = False,
        occurrence: str | None = None,
    ) -> list[Execution]:
        """The latest executions, newest first; with `parents`, only those that nothing else started."""
        where = ["1 = 1"]
        values: list[Any] = []
        for column, value in (("action", action), ("status", status), ("occurrence", occurrence)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        if parents:
            where.append("parent IS NULL")
        rows = self._database.rows(
            f"SELECT document FROM executions WHERE {' AND '.join(where)} ORDER BY started DESC LIMIT ?",  # noqa: S608
            (*values, limit),
        )
        return [Execution(**orjson.loads(row["document"])) for row in rows]

    def wait(self, identifier: str, *, until: frozenset[str] = COMPLETED, timeout: float) -> Execution:
        """Wait for an execution to reach one of these states, and return it as it then is, or as it is at the timeout.

        Raises:
            NotFound: There is none of that id.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                execution = self.get(identifier)
                left = deadline - time.monotonic()
                if execution.status in until or left <= 0:
                    return execution
                self._changed.wait(min(left, 1.0))


def as_json(execution: Execution, action: Action | None, *, children: list[str] | None = None) -> dict[str, Any]:
    """An execution as StackStorm's API shows it, with what its action's schemas call secret masked."""
    shown = asdict(execution)
    pack, _, name = execution.action.partition(".")
    shown["action"] = {"ref": execution.action, "pack": pack, "name": name}
    shown["runner"] = {"name": execution.runner}
    shown["liveaction"] = {"id": execution.id}
    if execution.rule:
        shown["rule"] = {"ref": execution.rule}
    if execution.trigger_instance:
        shown["trigger_instance"] = {"id": execution.trigger_instance}
    if action is not None:
        shown["parameters"] = masked_parameters(execution.parameters, action.schemas)
        shown["result"] = _masked_result(execution.result, action)
    if children is not None:
        shown["children"] = children
    return shown


def _masked_result(result: Any, action: Action) -> Any:
    key = action.runner.output_key
    schema: Mapping[str, Any] = action.output_schema or {}
    if not schema or not isinstance(result, dict) or key not in result:
        return result
    if schema.get("secret"):
        return {**result, key: MASK}
    named = schema if "type" not in schema or isinstance(schema["type"], dict) else {}
    as_object = {"type": "object", "properties": named} if named else schema
    return {**result, key: masked(result[key], as_object)}
