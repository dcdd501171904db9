"""Watches that come and go with what asks for them; equal queries share one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from paas.kube import payloads
from paas.kube.client import Client
from paas.kube.resource_queries import ResourceQuery
from paas.kube.retrying import until_done
from paas.kube.watching import Complaints, Datastore, Event, Position, Saver, Source, Watch, WatchStatus

_LOG = logging.getLogger(__name__)


class ResourceWatches:
    """The watches of all queries.

    Args:
        connect: The client of a cluster by its name.
        tell: Takes an asker and a payload of `kubernetes.resource_event`.
        datastore: Where positions are saved.
        saver: Saves them.
    """

    def __init__(
        self,
        connect: Callable[[str], Client],
        *,
        tell: Callable[[str, dict[str, Any]], None],
        datastore: Datastore,
        saver: Saver,
    ) -> None:
        self._connect = connect
        self._tell = tell
        self._datastore = datastore
        self._saver = saver
        self._lock = threading.Lock()
        self._shared: dict[ResourceQuery, _SharedWatch] = {}
        self._asked: dict[str, ResourceQuery] = {}

    def add(self, asker: str, query: ResourceQuery) -> None:
        """Watch for one more asker; one that asked for something else before does so no longer."""
        with self._lock:
            before = self._asked.get(asker)
            if before == query:
                return
            shared = self._shared.get(query)
            if shared is None:
                position = Position(self._datastore, f"kubernetes.watch.{query.name}")
                self._saver.add(position)
                shared = self._shared[query] = _SharedWatch(query, self._connect, self._tell, position)
                shared.start()
            shared.askers.add(asker)
            self._asked[asker] = query
        if before is not None:
            self._leave(asker, before)

    def remove(self, asker: str) -> None:
        """Nobody is told for this asker any more. The last one's watch ends, and its position is forgotten."""
        with self._lock:
            query = self._asked.pop(asker, None)
        if query is not None:
            self._leave(asker, query)

    def stop(self) -> None:
        """End every watch; the positions stay."""
        with self._lock:
            watches = list(self._shared.values())
        for watch in watches:
            watch.stop(timeout=0)
        for watch in watches:
            watch.stop(timeout=0.9 / len(watches))

    def statuses(self) -> list[WatchStatus]:
        """How each watch is doing."""
        with self._lock:
            return [shared.status for shared in self._shared.values()]

    def _leave(self, asker: str, query: ResourceQuery) -> None:
        with self._lock:
            shared = self._shared[query]
            shared.askers.discard(asker)
            if shared.askers:
                return
            del self._shared[query]
            self._saver.remove(shared.position)
        shared.stop()
        shared.position.forget()


class _SharedWatch:
    """One watch and who asked for it."""

    def __init__(
        self,
        query: ResourceQuery,
        connect: Callable[[str], Client],
        tell: Callable[[str, dict[str, Any]], None],
        position: Position,
    ) -> None:
        self.position = position
        self.askers: set[str] = set()
        self._query = query
        self._connect = connect
        self._tell = tell
        self._stopping = threading.Event()
        self._beginning = WatchStatus(position.name, query.cluster, f"{query.plural}.{query.group}".rstrip("."))
        self._complaints = Complaints(_LOG, self._beginning, time.monotonic)
        self._watch: Watch | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch in a thread of its own."""
        thread = threading.Thread(target=self._run, name=f"watch {self.position.name}", daemon=True)
        thread.start()
        self._thread = thread  # only now may stop() wait for it

    def stop(self, *, timeout: float = 0.9) -> None:
        """End; returns when it has ended, or after `timeout` seconds."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.stop(timeout=0)
        if self._thread is not None:
            self._thread.join(timeout)

    @property
    def status(self) -> WatchStatus:
        """How it is doing; before the cluster answered, how that is."""
        return self._watch.status if self._watch is not None else self._beginning

    def _run(self) -> None:
        found = until_done(self._find, stopping=self._stopping, complain=self._complain, wait=self._stopping.wait)
        if found is None:
            return
        client, source = found
        self._watch = Watch(client, source, lambda event: self._take(event, source), self.position)
        if not self._stopping.is_set():
            self._watch.run()

    def _find(self) -> tuple[Client, Source]:
        client = self._connect(self._query.cluster)
        return client, self._query.source(client)

    def _complain(self, error: Exception) -> None:
        self._beginning.state = "waiting"
        self._complaints.about(error, f"cannot begin yet: {error}")

    def _take(self, event: Event, source: Source) -> None:
        if event.type in self._query.events:
            payload = payloads.resource(event, source)
            for asker in sorted(self.askers):
                self._tell(asker, payload)
