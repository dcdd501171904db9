"""Recreate a cluster's objects in another one: the room's one door.

Everything reads through one API and creates through another's; nothing is copied beneath them. Each function returns
the result of an action: plain, bounded in size, without any object's content.
"""

from __future__ import annotations

from paas.migration import explained
from paas.migration.verbs import Incomplete, hold, migrate, plan, release, undo, verify

__all__ = ["Incomplete", "explained", "hold", "migrate", "plan", "release", "undo", "verify"]
