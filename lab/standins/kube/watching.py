"""watch: from a version, from now, or with the initial events before (WatchList); bookmarks; ends."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.standins.front import Reply

from . import field_selectors, label_selectors
from .cluster import Cluster
from .errors import Json, expired, internal
from .kinds import Kind
from .label_selectors import Matcher
from .options import number
from .reading import check_list_options, read_version, version_words
from .store import Event, Stored, Table, TooOld, encode

INITIAL_END = {"k8s.io/initial-events-end": "true"}
BATCH = 500
LOOK_SECONDS = 1.0  # how often a watch looks whether its client is still there


@dataclass(eq=False)
class Stream:
    """One running watch; the lab's faults leave their orders here.

    Attributes:
        order: None, `cut`, `end`, `stall`, or a Status to send as an ERROR event.
    """

    path: str
    kind: Kind
    table: Table
    order: str | Json | None = None
    sent: int = 0


@dataclass
class Streams:
    """The watches that run now."""

    running: set[Stream] = field(default_factory=set)

    def order(self, streams: Iterable[Stream], order: str | Json) -> None:
        """Tell watches to end badly."""
        for stream in streams:
            stream.order = order
            with stream.table.changed:
                stream.table.changed.notify_all()


def truthy(value: str | None) -> bool:
    """A boolean of a query."""
    return (value or "").lower() in ("1", "true", "t")


def watch(
    cluster: Cluster,
    streams: Streams,
    kind: Kind,
    namespace: str,
    name: str,
    query: Mapping[str, str],
    reply: Reply,
    path: str,
) -> None:
    """Answer a watch until it ends: timeout, client gone, kind gone, server stopping.

    Raises:
        ApiError: 400 or 422 before the stream began.
    """
    plan = _Plan(cluster, kind, namespace, name, query)
    stream = Stream(path, kind, cluster.store.table(kind.where))
    streams.running.add(stream)
    try:
        _run(cluster, plan, stream, reply)
    finally:
        streams.running.discard(stream)


class _Plan:
    """What a watch's query asks for, checked."""

    def __init__(self, cluster: Cluster, kind: Kind, namespace: str, name: str, query: Mapping[str, str]) -> None:
        old = cluster.settings.old
        if not old:
            check_list_options(query, watching=True)
        self.kind = kind
        self.prefix = f"{namespace}/" if namespace else ""
        self.version = query.get("resourceVersion", "")
        if self.version and not self.version.isdigit():
            raise internal(version_words(self.version))
        self.from_version = read_version(self.version)
        self.initial = truthy(query.get("sendInitialEvents")) and not old
        self.bookmarks = truthy(query.get("allowWatchBookmarks")) and not old
        asked = number("timeoutSeconds", query.get("timeoutSeconds") or "0")
        self.seconds = float(asked) if asked > 0 else random.uniform(1800, 3600)  # noqa: S311 - jitter
        tests: list[Matcher] = []
        if matcher := label_selectors.parse(query.get("labelSelector", "")):
            tests.append(matcher)
        if matcher := field_selectors.parse(query.get("fieldSelector", ""), kind):
            tests.append(matcher)
        if name:
            tests.append(lambda value: value["metadata"]["name"] == name)
        self.tests = tests

    def wants(self, one: Stored | None) -> bool:
        """Whether an object is in the selection."""
        return one is not None and one.key.startswith(self.prefix) and all(test(one.object) for test in self.tests)

    def line(self, event: Event) -> bytes:
        """An event as this watch sees it: what leaves the selection is DELETED, what enters it ADDED."""
        if event.version <= self.from_version:  # a watch from a version ahead of the server waits in silence
            return b""
        if event.type == "DELETED":
            return self.render("DELETED", event.now) if self.wants(event.before) else b""
        now, before = self.wants(event.now), self.wants(event.before)
        if now:
            return self.render("MODIFIED" if before else "ADDED", event.now)
        if before and event.before is not None:
            old = event.before.object
            left = {**old, "metadata": {**old["metadata"], "resourceVersion": str(event.version)}}
            return self.render("DELETED", Stored(event.now.key, left, event.version))
        return b""

    def render(self, type_: str, one: Stored) -> bytes:
        """An event as a line of JSON."""
        return b'{"type":"%s","object":%s}\n' % (type_.encode(), one.encoded(self.kind.api_version, self.kind.kind))

    def bookmark(self, version: int, annotations: Mapping[str, str] | None = None) -> bytes:
        """A BOOKMARK: an empty object of the kind that carries a version."""
        metadata: Json = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = dict(annotations)
        value = {"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": metadata}
        return encode({"type": "BOOKMARK", "object": value}) + b"\n"


def _run(cluster: Cluster, plan: _Plan, stream: Stream, reply: Reply) -> None:
    table, store = stream.table, cluster.store
    epoch = table.epoch
    try:
        position, lines = _begin(cluster, plan, table)
    except TooOld as error:
        # Once the options are right, errors come in the stream, as from the real server's cache.
        reply.begin_stream()
        reply.chunk(error_line(expired(str(error), old=cluster.settings.old).status()))
        reply.end_stream()
        return
    reply.begin_stream()
    _send(reply, stream, lines)
    now = looked = time.monotonic()
    deadline, next_bookmark = now + plan.seconds, now + cluster.settings.bookmark_interval
    while not cluster.stopping.is_set():
        if stream.order is not None and _obey(cluster, stream, reply):
            return
        events = table.since(position)
        if events is None:  # this client is slower than the history is long; the real server hangs up too
            break
        if events:
            _send(reply, stream, [line for line in map(plan.line, events) if line])
            position += len(events)
            continue
        now = time.monotonic()
        if now >= deadline or table.epoch != epoch:
            break
        if plan.bookmarks and now >= next_bookmark:
            with store.lock:
                if table.end != position:
                    continue
                line = plan.bookmark(store.version)
            _send(reply, stream, [line])
            next_bookmark = now + cluster.settings.bookmark_interval
        if now - looked >= LOOK_SECONDS:
            looked = now
            if reply.client_gone():
                return
        until = min(now + LOOK_SECONDS, deadline, *([next_bookmark] if plan.bookmarks else []))
        with table.changed:
            if table.end == position and table.epoch == epoch and stream.order is None:
                table.changed.wait(max(0.0, until - now))
    reply.end_stream()


def _begin(cluster: Cluster, plan: _Plan, table: Table) -> tuple[int, list[bytes]]:
    """Where in the table's events a watch begins, and what it sends before them.

    Raises:
        TooOld: The version asked for is forgotten.
    """
    with cluster.store.lock:
        if not plan.initial and plan.version not in ("", "0"):
            return cluster.store.position(table.name, plan.from_version), []
        position, version = table.end, cluster.store.version
        first = cluster.store.page(table.name, prefix=plan.prefix)[0]
    lines = [plan.render("ADDED", one) for one in first if plan.wants(one)]
    if plan.initial and plan.bookmarks:
        lines.append(plan.bookmark(version, INITIAL_END))
    return position, lines


def _send(reply: Reply, stream: Stream, lines: list[bytes]) -> None:
    for start in range(0, len(lines), BATCH):
        reply.chunk(b"".join(lines[start : start + BATCH]))
    stream.sent += len(lines)


def error_line(status: Any) -> bytes:
    """A Status as an ERROR event."""
    return encode({"type": "ERROR", "object": status}) + b"\n"


def _obey(cluster: Cluster, stream: Stream, reply: Reply) -> bool:
    """Carry out a fault's order; True when the watch is over."""
    order, stream.order = stream.order, None
    if order == "stall":
        # Silence without an end: the client's own timeout must notice.
        while not cluster.stopping.wait(0.2) and not reply.client_gone():
            pass
        reply.reset()
    if order == "cut":
        reply.reset()
    if isinstance(order, dict):
        reply.chunk(error_line(order))
    reply.end_stream()
    return True
