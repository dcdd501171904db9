"""The watch's decisions, without I/O and without a clock of its own.

The loop asks `next` what to do, does it, and says what came of it. Times are given in, in seconds of a monotonic clock.
Source of the rules: client-go's reflector, and the API server's own behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from paas.errors import Gone, PaasError, ServerError
from paas.kube import failures
from paas.kube.watching.backoff import Backoff
from paas.kube.watching.comparison import Comparison
from paas.kube.watching.events import Event, key_of
from paas.kube.watching.identity import check
from paas.kube.watching.initial import InitialList
from paas.kube.watching.known import Known
from paas.kube.watching.parsing import CorruptStream, parse
from paas.kube.watching.redelivery import Redelivery
from paas.kube.watching.steps import Done, Flush, Identify, List, Source, Step, Stream, Wait

#: A stream lasts from one to two minutes, so that the streams of many watches do not all end at once.
SHORTEST, LONGEST = 60, 120
#: Seconds that reading may take longer than the server promised to end the stream in.
PATIENCE = 15.0
#: A stream without events that ends sooner than this is a failure.
TOO_SOON = 1.0
#: Seconds for which the server's internal errors are answered by watching on, instead of listing.
INTERNAL_ERRORS = 60.0


class Machine:
    """One watch.

    Args:
        source: What is watched.
        known: What was told so far; changed by `delivered` alone.
        identity: The cluster's uid when `known` was saved, None where it was never asked.
        random: Gives numbers from 0 to 1.
    """

    def __init__(self, source: Source, known: Known, *, identity: str | None, random: Callable[[], float]) -> None:
        self.identity = identity
        self._source = source
        self._known = known
        self._random = random
        self._backoff = Backoff(random)
        self._redelivery = Redelivery(random)
        self._watch_list = source.watch_list
        self._paged = True
        self._version: str | None = None
        self._identified = False
        self._wait_until: float | None = None
        self._initial: InitialList | None = None
        self._comparison: Comparison | None = None
        self._opened: float | None = None
        self._lasts = 0
        self._silent = True
        self._fruitful = False
        self._internal_since: float | None = None
        self._retired = False
        self._flush = False
        self._done = False

    def next(self, now: float) -> Step:
        """What to do."""
        if self._done:
            return Done()
        if self._wait_until is not None and now < self._wait_until:
            return Wait(self._wait_until - now)
        if self._flush:
            return Flush()
        if not self._identified:
            return Identify()
        if self._redelivery.due(now):
            self._version = None
        if self._version is not None:
            return self._stream({"resourceVersion": self._version}, now)
        self._redelivery.listing()
        if self._watch_list:
            self._initial = InitialList(self._known)
            # Without resourceVersionMatch the server answers 422, without bookmarks the end is never marked.
            return self._stream({"sendInitialEvents": True, "resourceVersionMatch": "NotOlderThan"}, now)
        self._comparison = Comparison(self._known)
        return List(self._paged)

    def _stream(self, start: Mapping[str, Any], now: float) -> Stream:
        self._lasts = self._redelivery.shorten(SHORTEST + round(self._random() * (LONGEST - SHORTEST)), now)
        return Stream({**start, "timeoutSeconds": self._lasts, **self._source.params}, self._lasts + PATIENCE)

    # What came of a step.

    def identified(self, identity: str | None) -> None:
        """The cluster said who it is; None where it would not.

        Raises:
            Refused: It is not the cluster whose objects are known.
        """
        check(self._source.cluster, self.identity, identity)
        self.identity = identity
        self._identified = True

    def page(self, page: Mapping[str, Any]) -> Iterator[Event]:
        """A page of the list came; what it changes, to be delivered while iterating."""
        assert self._comparison is not None
        for item in page.get("items") or ():
            if not self._source.select(key_of(item)):
                continue
            item.setdefault("kind", self._source.kind)
            item.setdefault("apiVersion", self._source.api_version)
            yield from self._comparison.present(item)

    def listed(self, version: str, now: float) -> Iterator[Event]:
        """The list is complete; what it lacks, to be delivered while iterating."""
        assert self._comparison is not None
        yield from self._comparison.absent()
        self._comparison = None
        self._paged = True
        self._start_from(version, now)

    def opened(self, now: float) -> None:
        """The stream began."""
        self._opened, self._silent = now, True
        self._backoff.good(now)

    def line(self, line: bytes, now: float) -> Iterator[Event]:
        """A line of the stream came; what it changes, to be delivered while iterating.

        Raises:
            ServerError: It is an error of the server's.
            CorruptStream: It is no event.
        """
        kind, item = parse(line, self._source)
        if kind == "ERROR":
            raise failures.from_status(self._source.cluster, "watch", self._source.target, item)
        self._fruitful = self._initial is None  # to have listed is no progress of the stream
        self._internal_since = None
        self._silent = self._silent and kind == "BOOKMARK"
        if self._initial is not None:
            yield from self._before_the_marker(kind, item, line, now)
        elif kind == "BOOKMARK":
            self._version = item["metadata"]["resourceVersion"]
        else:
            if self._source.select(key_of(item)):
                yield from self._changed(kind, item)
            self._version = item["metadata"]["resourceVersion"]

    def ended(self, now: float) -> None:
        """The server ended the stream as it should, or `hurried` made the loop do so."""
        lasted = now - (self._opened if self._opened is not None else now)
        unmarked, hurried = self._initial is not None, self.hurried(now)
        self._leave_stream()
        if unmarked and lasted >= self._lasts - TOO_SOON:
            self._watch_list = False  # a whole stream without the marker: too old a server
        elif (unmarked or (self._silent and lasted < TOO_SOON)) and not hurried:
            self._wait(now, self._backoff.failed(now))
        else:
            self._fruitful = True

    def failed(self, error: PaasError, now: float) -> None:
        """A step did not work, or the stream broke off."""
        in_stream, listing, initial = self._opened is not None, self._comparison is not None, self._initial is not None
        fruitful, self._fruitful = self._fruitful, False
        self._leave_stream()
        self._comparison = None
        status = error.status if isinstance(error, ServerError) else None
        retry_after = error.retry_after if isinstance(error, ServerError) else None
        if status == 404 and self._retired:
            self._flush = True
            return
        if isinstance(error, Gone):
            self._version = None
            if listing:
                self._paged = False  # the continue token expired
            if listing or fruitful:
                return  # at once: it is news, not trouble
        elif initial and not in_stream and status in (400, 422):
            self._watch_list = False
            return
        elif status not in (0, 429) and not (in_stream and status == 500 and self._bears(now)):
            self._version = None
        self._wait(now, self._backoff.failed(now, at_least=retry_after))

    def delivered(self, event: Event) -> None:
        """The consumer took the event; only now is it known."""
        if event.type == "DELETED":
            self._known.drop(event.key)
        else:
            self._known.put(event.key, event.seen)

    def refused(self, now: float) -> None:
        """The consumer raised: what is known stays as it was, so that the next list tells it again."""
        self._redelivery.failed(now)

    def hurried(self, now: float) -> bool:
        """Whether the loop should end this stream, because an event must be told again before its own end."""
        return self._opened is not None and self._redelivery.before(self._opened + self._lasts, now)

    def flush(self, now: float) -> Iterator[Event]:
        """The end of everything that is known; then the watch is done."""
        yield from Comparison(self._known).absent()
        self._done = len(self._known) == 0
        if not self._done:  # the consumer refused some: once more, later
            self._wait(now, self._backoff.failed(now))

    def retire(self, *, going: bool) -> None:
        """Whether what is watched goes away for good: then, at the next 404, the end of everything is told."""
        self._retired = going

    def wake(self) -> None:
        """Do not wait any longer."""
        self._wait_until = None
        self._backoff.reset()

    # Inside.

    def _before_the_marker(self, kind: str, item: dict[str, Any], line: bytes, now: float) -> Iterator[Event]:
        assert self._initial is not None
        if kind != "BOOKMARK":
            if self._source.select(key_of(item)):
                self._initial.take(kind, item, line)
            if self._initial.too_large:
                self._watch_list = False
                raise CorruptStream(
                    self._source, "sends more objects at once than are held; listing by pages from now on"
                )
            return
        annotations = item["metadata"].get("annotations") or {}
        if annotations.get("k8s.io/initial-events-end") != "true":
            return
        initial, self._initial = self._initial, None
        yield from initial.compare()
        self._start_from(item["metadata"]["resourceVersion"], now)

    def _changed(self, kind: str, item: dict[str, Any]) -> Iterator[Event]:
        item.setdefault("kind", self._source.kind)
        comparison = Comparison(self._known)
        if kind == "DELETED":
            yield from comparison.gone(key_of(item), item)
        else:
            yield from comparison.present(item)

    def _start_from(self, version: str, now: float) -> None:
        self._version = version
        self._redelivery.listed()
        self._backoff.good(now)

    def _leave_stream(self) -> None:
        self._opened = None
        self._initial = None
        self._identified = False

    def _wait(self, now: float, seconds: float) -> None:
        self._wait_until = now + seconds

    def _bears(self, now: float) -> bool:
        """Whether internal errors have not lasted too long yet."""
        if self._internal_since is None:
            self._internal_since = now
        return now - self._internal_since < INTERNAL_ERRORS
