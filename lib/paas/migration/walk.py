"""The way through a whole selection: kind by kind, page by page, each object prepared and looked up on the other side.

Migration, plan and verification all walk the same way and differ in what they do with each object. At any moment a
few pages are in memory, and of the destination one digest an object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from paas.migration import compare
from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.marks import Mark, identity
from paas.migration.names import key_of
from paas.migration.options import Options
from paas.migration.order import Wave
from paas.migration.prepare import Left, Prepared, Workshop
from paas.migration.reading import FIRST, Reader
from paas.migration.report import Report
from paas.migration.routes import Route

Known = Literal["absent", "identical", "differs"]
#: Kinds whose first pages are read while earlier ones are worked on.
_AHEAD = 4
#: More namespaces than this are read in one list of all, and sorted out here.
MOST_NAMESPACE_LISTS = 12


@dataclass
class Index:
    """What the destination has of one kind: a digest an object.

    Attributes:
        digests: By `namespace/name`.
        ours: Of these, what a migration from this source created.
    """

    digests: dict[str, bytes] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)

    def known(self, item: Prepared) -> Known:
        """How an object compares, as far as a digest tells; it is taken off the index."""
        found = self.digests.pop(item.key, None)
        self.ours.discard(item.key)
        if found is None:
            return "absent"
        return "identical" if found.hex() == item.mark.hash else "differs"


@dataclass(frozen=True)
class Step:
    """One object, and what is known of it on the destination."""

    item: Prepared
    known: Known


class Walk:
    """Yields the steps of a selection in the order of creation.

    Args:
        routes: The ways, in order.
        source: Reads the source.
        destination: Reads the destination.
        facts: What else is known of the destination.
        workshop: Prepares objects.
        options: What was asked for.
        report: Told of what stays behind.
        first_pages: Objects on the first page, by route label.
    """

    def __init__(
        self,
        routes: list[Route],
        *,
        source: Reader,
        destination: Reader,
        facts: Facts,
        workshop: Workshop,
        options: Options,
        report: Report,
        first_pages: dict[str, int] | None = None,
    ) -> None:
        self._routes = routes
        self._source = source
        self._destination = destination
        self._facts = facts
        self._workshop = workshop
        self._options = options
        self._report = report
        self._first_pages = first_pages or {}
        self._source_name = ""

    def steps(
        self,
        *,
        source_name: str,
        between: Callable[[Wave], None] = lambda wave: None,
        after: Callable[[Route, Index], None] = lambda route, index: None,
    ) -> Iterator[Step]:
        """Every object that goes; what stays behind is reported on the way.

        Args:
            source_name: The source, whose marks are looked for on the destination.
            between: Called before each wave, with the one that begins; a barrier.
            after: Called when a kind is through, with what is left of its index.
        """
        self._source_name = source_name
        with ThreadPoolExecutor(max_workers=3, thread_name_prefix="ahead") as ahead:
            loading: deque[tuple[Route, Future[_Loaded]]] = deque()
            waiting = deque(self._routes)
            for wave, routes in groupby(self._routes, key=lambda route: route.wave):
                between(wave)
                for route in routes:
                    while waiting and len(loading) < _AHEAD:
                        following = waiting.popleft()
                        loading.append((following, ahead.submit(self._load, following)))
                    _, future = loading.popleft()
                    loaded = future.result()
                    yield from self._steps_of(route, loaded, ahead)
                    after(route, loaded.index)

    def _steps_of(self, route: Route, loaded: _Loaded, ahead: ThreadPoolExecutor) -> Iterator[Step]:
        page = loaded.first
        while page:
            following: Future[list[Json]] = ahead.submit(next, loaded.rest, [])
            for obj in page:
                prepared = self._workshop.prepare(obj, route)
                if isinstance(prepared, Left):
                    self._left(route, prepared)
                    continue
                for namespace in prepared.mentions:
                    self._report.warn(f"{route.label} {prepared.key} still mentions namespace {namespace}")
                yield Step(prepared, loaded.index.known(prepared))
            page = following.result()

    def _left(self, route: Route, left: Left) -> None:
        if left.failed:
            self._report.record("failed", route.label, left.key, words=left.reason)
        else:
            self._report.leave(route.label, left.key, left.reason)
            if left.reason in route.rules.passing:
                self._report.warn(f"{route.label} {left.key} stays behind: {left.reason}")

    def _load(self, route: Route) -> _Loaded:
        index = self.index(route)
        rest = self._source_pages(route)
        return _Loaded(index, next(rest, []), rest)

    def _source_pages(self, route: Route) -> Iterator[list[Json]]:
        labels = None if route.wave in (Wave.DEFINITIONS, Wave.NAMESPACES) else self._options.labels
        first = self._first_pages.get(route.label, FIRST)
        for namespace in namespaces_to_list(route, self._options):
            yield from self._source.pages(route.source.path(namespace), labels=labels, first=first)

    def index(self, route: Route) -> Index:
        """What the destination has of a kind."""
        index = Index()
        if not route.here:
            return index
        for namespace in namespaces_to_list(route, self._options):
            there = self._options.namespace_there(namespace) if namespace else None
            for page in self._destination.pages(route.target.path(there)):
                for live in page:
                    self._note(index, route, live)
        return index

    def _note(self, index: Index, route: Route, live: Json) -> None:
        metadata = live["metadata"]
        namespace = metadata.get("namespace")
        key = key_of(live)
        if metadata.get("deletionTimestamp"):
            index.digests[key] = b""  # never identical: it will be gone
            return
        mark = Mark.of(live)
        # A controller copies annotations to what it makes: the mark says which object it was written on.
        this = identity(route.label, namespace, metadata["name"])
        if mark and mark.cluster == self._source_name and mark.did == "create" and mark.object == this:
            index.ours.add(key)
        found = compare.comparable(
            live, rules=route.rules, facts=self._facts, keep_finalizers=self._options.keep_finalizers
        )
        index.digests[key] = bytes.fromhex(compare.digest(found))


@dataclass
class _Loaded:
    index: Index
    first: list[Json]
    rest: Iterator[list[Json]]


def namespaces_to_list(route: Route, options: Options) -> tuple[str | None, ...]:
    """The source namespaces whose lists cover a selection; None is one list of all."""
    chosen = options.namespaces
    if not chosen or not route.source.namespaced or len(chosen) > MOST_NAMESPACE_LISTS:
        return (None,)
    return chosen
