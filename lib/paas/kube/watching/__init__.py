"""List and watch, without ever missing the last word.

`Watch` hands each change of a `Source` to a consumer and remembers in a `Position` what was told, so that a restart
tells what was missed and repeats nothing. docs/watching.md says what that promises.
"""

from __future__ import annotations

from paas.kube.watching.clock import Clock
from paas.kube.watching.complaints import Complaints
from paas.kube.watching.events import Event, EventType, Key, Seen
from paas.kube.watching.loop import Watch
from paas.kube.watching.positions import Datastore, Position
from paas.kube.watching.saver import Saver
from paas.kube.watching.status import WatchStatus
from paas.kube.watching.steps import Source

__all__ = [
    "Clock",
    "Complaints",
    "Datastore",
    "Event",
    "EventType",
    "Key",
    "Position",
    "Saver",
    "Seen",
    "Source",
    "Watch",
    "WatchStatus",
]
