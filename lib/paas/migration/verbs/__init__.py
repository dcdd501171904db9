"""What an operator does with a migration, each from clients and options to an action's result."""

from __future__ import annotations

from paas.migration.verbs.ending import Incomplete
from paas.migration.verbs.recreating import migrate, plan, verify
from paas.migration.verbs.taking_back import undo
from paas.migration.verbs.turning import hold, release

__all__ = ["Incomplete", "hold", "migrate", "plan", "release", "undo", "verify"]
