"""The watch's hands: does what the machine decides, until it is stopped.

Waiting and reading use the standard library's threads and sockets, so that eventlet can replace them.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterable

from paas.errors import PaasError, Refused
from paas.kube import failures
from paas.kube.client import Client
from paas.kube.retrying import until_done
from paas.kube.transport import Chunks, NoAnswer
from paas.kube.watching import identity, steps
from paas.kube.watching.clock import Clock, RealClock
from paas.kube.watching.complaints import Complaints
from paas.kube.watching.events import Event
from paas.kube.watching.lines import Lines
from paas.kube.watching.machine import Machine
from paas.kube.watching.parsing import CorruptStream
from paas.kube.watching.positions import Position
from paas.kube.watching.status import WatchStatus

_LOG = logging.getLogger(__name__)


class _Stopped(Exception):
    """The watch was asked to stop."""


class Watch:
    """Lists and watches one source in a thread of its own, and hands each change to the consumer.

    An event counts as delivered when the consumer returns. If it raises, the watch goes on, and the event is delivered
    again by a later list, also by the one of the next start.

    Args:
        client: The cluster.
        source: What to watch.
        consumer: Takes an event; called by one thread, never twice at once.
        position: Where it is remembered what was told.
        finished: Called with the watch when it is over, because what it watched is gone for good.
        clock: Time.
        rng: Gives numbers from 0 to 1.
    """

    def __init__(
        self,
        client: Client,
        source: steps.Source,
        consumer: Callable[[Event], None],
        position: Position,
        *,
        finished: Callable[[Watch], None] = lambda watch: None,
        clock: Clock | None = None,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self.source = source
        self.position = position
        #: Whether what it watched is gone for good, and told to be.
        self.over = False
        self.status = WatchStatus(position.name, source.cluster, str(source.target))
        self._client = client
        self._consumer = consumer
        self._finished = finished
        self._clock = clock or RealClock()
        self._rng = rng
        self._machine: Machine | None = None
        self._stopping = threading.Event()
        self._nudge = threading.Event()
        self._stream: Chunks | None = None
        self._retiring = False
        self._complaints = Complaints(_LOG, self.status, self._clock.now)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of its own."""
        thread = threading.Thread(target=self.run, name=f"watch {self.position.name}", daemon=True)
        thread.start()
        self._thread = thread  # only now may stop() wait for it

    def stop(self, *, timeout: float = 0.9) -> None:
        """End it; returns when it has ended, or after `timeout` seconds. No event is begun after that."""
        self._stopping.set()
        self._nudge.set()
        stream = self._stream
        if stream is not None:
            stream.interrupt()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def wake(self) -> None:
        """Try again now, instead of waiting after a failure."""
        if self._machine is not None:
            self._machine.wake()
        self._nudge.set()

    def retire(self, *, going: bool = True) -> None:
        """What is watched goes away for good: tell the end of every object once the server serves it no longer."""
        self._retiring = going
        if self._machine is not None:
            self._machine.retire(going=going)
        self.wake()

    @property
    def running(self) -> bool:
        """Whether the watch has not ended."""
        return self._thread is not None and self._thread.is_alive()

    def run(self) -> None:
        """Watch until stopped, or until what is watched is gone for good."""
        try:
            machine = self._machine = Machine(self.source, self.position.known, identity=self._load(), random=self._rng)
            machine.retire(going=self._retiring)
            while not self._stopping.is_set():
                step = machine.next(self._clock.now())
                if isinstance(step, steps.Done):
                    self.over = True
                    self._finished(self)
                    break
                self._act(machine, step)
        except _Stopped:
            pass
        finally:
            self.status.state = "stopped"

    def _load(self) -> str | None:
        """What was told before the last stop. Nothing is watched without it: all would be told again."""
        identity = until_done(
            lambda: (self.position.load(self.source.select),),
            stopping=self._stopping,
            complain=lambda error: self._complaints.about(error, f"its position cannot be read: {error}"),
            wait=self._rest,
            rng=self._rng,
        )
        if identity is None:
            raise _Stopped
        return identity[0]

    def _act(self, machine: Machine, step: steps.Step) -> None:
        try:
            if isinstance(step, steps.Wait):
                self.status.state = "refused" if self.status.state == "refused" else "waiting"
                self._rest(step.seconds)
            elif isinstance(step, steps.Identify):
                machine.identified(identity.ask(self._client))
                self.position.identity = machine.identity
            elif isinstance(step, steps.List):
                self._list(machine, step)
            elif isinstance(step, steps.Stream):
                self._watch(machine, step)
            elif isinstance(step, steps.Flush):
                self._deliver(machine, machine.flush(self._clock.now()))
        except PaasError as error:
            if self._stopping.is_set():
                raise _Stopped from error
            self.status.state = "refused" if isinstance(error, Refused) else "waiting"
            self._complaints.about(error)
            machine.failed(error, self._clock.now())
        except _Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - a defect must not end a watch that nobody looks at
            frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
            self._complaints.about(
                error, f"unexpected {type(error).__name__}; listing again. A defect of the pack, at\n{frames}"
            )
            machine.failed(PaasError(type(error).__name__), self._clock.now())

    def _list(self, machine: Machine, step: steps.List) -> None:
        self.status.state = "listing"
        self.status.counts["lists"] += 1
        pages = self._client.pages if step.paged else self._client.unpaged
        version = ""
        for page in pages(
            self.source.path, label_selector=self.source.label_selector, field_selector=self.source.field_selector
        ):
            self.status.heard()
            version = page["metadata"].get("resourceVersion") or version
            self._deliver(machine, machine.page(page))
        if not version:
            raise CorruptStream(self.source, "cannot begin: the list before it had no resourceVersion")
        self._deliver(machine, machine.listed(version, self._clock.now()))

    def _watch(self, machine: Machine, step: steps.Stream) -> None:
        self.status.counts["streams"] += 1
        path = self.source.watch_path or self.source.path
        stream = self._stream = self._client.stream(path, step.params, timeout=step.read_timeout)
        try:
            if self._stopping.is_set():  # asked while the stream was being opened
                raise _Stopped
            machine.opened(self._clock.now())
            self.status.state = "watching"
            self.status.heard()
            self._read(machine, stream)
        except NoAnswer as error:
            raise failures.from_transport(self.source.cluster, "watch", self.source.target, error) from error
        finally:
            self._stream = None
            stream.close()

    def _read(self, machine: Machine, stream: Chunks) -> None:
        lines = Lines()
        for chunk in stream:
            self.status.heard()
            for line in lines.feed(chunk):
                self._deliver(machine, machine.line(line, self._clock.now()))
            if self._stopping.is_set():
                raise _Stopped
            if machine.hurried(self._clock.now()):
                break
        machine.ended(self._clock.now())

    def _deliver(self, machine: Machine, events: Iterable[Event]) -> None:
        for event in events:
            if self._stopping.is_set():
                raise _Stopped
            began = time.perf_counter()
            try:
                self._consumer(event)
            except Exception as error:  # noqa: BLE001 - whatever the consumer does, the watch goes on
                self.status.counts["refused"] += 1
                name = "/".join(filter(None, event.key))
                # By the error alone: where the message bus is away, every event of a list is refused for it.
                self._complaints.about(
                    error, f"{event.type} of {name} was not taken and comes again: {error}", once=repr(error)
                )
                machine.refused(self._clock.now())
            else:
                machine.delivered(event)
                self.status.delivered(event.type, time.perf_counter() - began)
                self.position.touch()
        self.status.objects = len(self.position.known)

    def _rest(self, seconds: float) -> None:
        self._nudge.clear()
        if not self._stopping.is_set():
            self._clock.wait(self._nudge, seconds)
