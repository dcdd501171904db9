"""A cluster that answers by script, and a clock that a test turns: what a watch does, without sockets and sleeping."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from paas import kube
from paas.kube.transport import Answer, NoAnswer
from paas.kube.watching import Event, Position, Source, Watch

PATH = "/apis/paas.internal/v1/databases"
KUBE_SYSTEM = "/api/v1/namespaces/kube-system"


def item(name: str, version: int | str, *, uid: str = "", namespace: str = "shop", **labels: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "namespace": namespace,
        "name": name,
        "uid": uid or f"uid-{name}",
        "resourceVersion": str(version),
    }
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": "paas.internal/v1", "kind": "Database", "metadata": metadata, "spec": {"engine": "mysql"}}


def line(kind: str, content: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": content}, ensure_ascii=False).encode() + b"\n"


def added(*args: Any, **more: Any) -> bytes:
    return line("ADDED", item(*args, **more))


def modified(*args: Any, **more: Any) -> bytes:
    return line("MODIFIED", item(*args, **more))


def deleted(*args: Any, **more: Any) -> bytes:
    return line("DELETED", item(*args, **more))


def bookmark(version: int | str) -> bytes:
    return line("BOOKMARK", {"kind": "Database", "metadata": {"resourceVersion": str(version)}})


def marker(version: int | str) -> bytes:
    metadata = {"resourceVersion": str(version), "annotations": {"k8s.io/initial-events-end": "true"}}
    return line("BOOKMARK", {"kind": "Database", "metadata": metadata})


def error(code: int, message: str = "no", **details: Any) -> bytes:
    return line("ERROR", {"kind": "Status", "code": code, "message": message, "details": details})


@dataclass
class Streaming:
    """A watch that is answered with 200. Pieces come at once; then it ends after `lasts` seconds, or when it should.

    `ends` is `cleanly`, `broken` (reset), or `silent` (nothing more comes, not even an end).
    """

    pieces: tuple[bytes, ...]
    lasts: float | None = None
    ends: str = "cleanly"

    def __init__(self, *pieces: bytes, lasts: float | None = None, ends: str = "cleanly") -> None:
        self.pieces, self.lasts, self.ends = pieces, lasts, ends


@dataclass
class Page:
    """A page of a list."""

    items: list[dict[str, Any]]
    version: str = "100"
    more: str = ""


@dataclass
class Failing:
    """An answer that is a Status, or plain text."""

    status: int
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    plain: bool = False


class Refusing:
    """Nobody listens."""


@dataclass
class Asked:
    """One request for the watched collection."""

    what: str
    params: dict[str, Any]
    at: float


class Clock:
    """Time passes only where somebody waits."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, flag: threading.Event, seconds: float) -> None:
        if not flag.is_set():
            self.waits.append(seconds)
            self.time += seconds


class Memory:
    """A datastore."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.writes: list[str] = []

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str) -> None:
        self.writes.append(name)
        self.values[name] = value

    def delete(self, name: str) -> None:
        self.values.pop(name, None)


class Cluster:
    """A transport that answers requests for one collection in order, and stops the watch after the last."""

    def __init__(self, *answers: Any, uid: str | None = "cluster-1") -> None:
        self.answers = list(answers)
        self.uid = uid
        self.clock = Clock()
        self.asked: list[Asked] = []
        self.identified = 0
        self.watch: Watch | None = None

    # The transport.

    def request(self, method: str, path: str, *, params: Any = None, **_: Any) -> Answer:
        if path == KUBE_SYSTEM:
            self.identified += 1
            if self.uid is None:
                return self._status(Failing(403, "namespaces is forbidden"))
            return Answer(200, {}, json.dumps({"metadata": {"uid": self.uid}}).encode())
        answer = self._next("list", path, params)
        if isinstance(answer, Failing):
            return self._status(answer)
        if isinstance(answer, Answer):
            return answer
        assert isinstance(answer, Page), f"a list came where the script has {answer}"
        return Answer(200, {}, json.dumps(self._listed(answer)).encode())

    @staticmethod
    def _listed(page: Page) -> dict[str, Any]:
        return {
            "kind": "DatabaseList",
            "apiVersion": "paas.internal/v1",
            "metadata": {"resourceVersion": page.version, "continue": page.more},
            "items": page.items,
        }

    def open(self, path: str, *, params: Mapping[str, Any], timeout: float) -> Any:
        answer = self._next("watch" if params.get("watch") else "unpaged", path, params)
        if isinstance(answer, Page):  # a list that is read while it arrives
            return _Opened(self, Streaming(json.dumps(self._listed(answer)).encode()), params, timeout)
        if isinstance(answer, Failing):
            return _Opened(self, Streaming(self._status(answer).body), params, timeout, answer)
        assert isinstance(answer, Streaming), f"a watch came where the script has {answer}"
        return _Opened(self, answer, params, timeout)

    def close(self) -> None:
        pass

    def _next(self, what: str, path: str, params: Mapping[str, Any] | None) -> Any:
        if not self.answers:
            assert self.watch is not None
            self.watch.stop()
            raise NoAnswer("the script is over")
        given = {name: value for name, value in (params or {}).items() if value is not None}
        self.asked.append(Asked(what, {**given, "path": path}, self.clock.time))
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer()
        if isinstance(answer, Refusing):
            raise NoAnswer("[Errno 111] Connection refused")
        return answer

    @staticmethod
    def _status(answer: Failing) -> Answer:
        if answer.plain:
            return Answer(answer.status, {"Content-Type": "text/plain"}, answer.message.encode())
        said = {"kind": "Status", "code": answer.status, "message": answer.message}
        return Answer(answer.status, {"Content-Type": "application/json", **answer.headers}, json.dumps(said).encode())

    # What a test reads.

    @property
    def steps(self) -> list[str]:
        """`initial` (WatchList), `list` (by pages), `unpaged` (in one answer), or `watch VERSION`, in order."""
        return [
            each.what
            if each.what != "watch"
            else "initial"
            if "sendInitialEvents" in each.params
            else f"watch {each.params['resourceVersion']}"
            for each in self.asked
        ]


class _Opened:
    def __init__(
        self,
        cluster: Cluster,
        script: Streaming,
        params: Mapping[str, Any],
        timeout: float,
        failing: Failing | None = None,
    ) -> None:
        self._cluster = cluster
        self._script = script
        self._lasts = params.get("timeoutSeconds", 0) if script.lasts is None else script.lasts
        self._timeout = timeout
        self.status = failing.status if failing else 200
        self.headers: dict[str, str] = {}
        if failing:
            self.headers = {"Content-Type": "text/plain" if failing.plain else "application/json", **failing.headers}

    def __iter__(self) -> Iterator[bytes]:
        yield from self._script.pieces
        if self._script.ends == "silent":
            self._cluster.clock.time += self._timeout
            raise NoAnswer("Read timed out.")
        self._cluster.clock.time += self._lasts
        if self._script.ends == "broken":
            raise NoAnswer("Connection reset by peer")

    def rest(self) -> bytes:
        return b"".join(self._script.pieces)

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Told:
    """What the consumer got: `ADDED a@1` for short."""

    events: list[Event]

    @property
    def short(self) -> list[str]:
        return [f"{each.type} {each.key[1]}@{each.seen.version}" for each in self.events]


def watched(
    cluster: Cluster,
    *,
    datastore: Memory | None = None,
    consumer: Any = None,
    save: bool = True,
    random: float = 0.5,
    prepare: Any = None,
    **source: Any,
) -> Told:
    """Run a watch until the cluster's script is over, save its position, and return what it told."""
    told = Told([])
    position = Position(datastore or Memory(), "position")

    def take(event: Event) -> None:
        if consumer is not None:
            consumer(event)
        told.events.append(event)

    watch = Watch(
        kube.Client("paasA", cluster),
        Source(**{"cluster": "paasA", "path": PATH, "kind": "Database", "api_version": "paas.internal/v1", **source}),
        take,
        position,
        clock=cluster.clock,
        rng=lambda: random,
    )
    cluster.watch = watch
    if prepare is not None:
        prepare(watch)
    watch.run()
    told.watch = watch  # type: ignore[attr-defined]
    if save:
        position.save()
    return told
