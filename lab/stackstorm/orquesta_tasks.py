"""What a workflow of Orquesta's remembers of each run of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.stackstorm.database import new_id
from lab.stackstorm.executions import moment


@dataclass
class TaskExecution:
    """One run of one task: a single action's, or its items'."""

    task_id: str
    route: int
    workflow: str
    items: list[dict[str, Any] | None] | None = None
    id: str = field(default_factory=new_id)
    status: str = "requested"
    result: Any = None
    started: str = field(default_factory=moment)
    ended: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What the function `task` gives in an expression."""
        return {
            "task_execution_id": self.id,
            "workflow_execution_id": self.workflow,
            "task_name": self.task_id,
            "task_id": self.task_id,
            "route": self.route,
            "result": self.result if self.items is None else {"items": self.items},
            "status": self.status,
            "start_timestamp": self.started,
            "end_timestamp": str(self.ended),
        }
