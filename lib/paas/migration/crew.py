"""Workers that share one stream of work, with barriers in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

_T = TypeVar("_T")
_POLL = 0.5


class Crew(Generic[_T]):
    """Runs a function over a stream's items on several threads.

    The stream is a generator that the workers advance in turn, one at a time, so it needs no lock of its own and
    nothing piles up: an item is prepared when somebody is free to send it. Within the generator `drain` is a barrier.

    Args:
        workers: How many threads.
        stop: Set from outside, or by the first failure, to end early.
    """

    def __init__(self, workers: int, stop: threading.Event) -> None:
        self._workers = workers
        self._stop = stop
        self._turn = threading.Lock()
        self._idle = threading.Condition()
        self._busy = 0
        self._failure: BaseException | None = None

    def run(self, items: Iterator[_T], work: Callable[[_T], None]) -> None:
        """Work the stream off.

        Raises:
            BaseException: The first one that the stream or the work raised; the others have ended by then.
        """
        threads = [
            threading.Thread(target=self._serve, args=(items, work), name=f"worker-{number}", daemon=True)
            for number in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_POLL)  # not for ever, so that this thread still hears signals
        except BaseException:
            self._stop.set()
            for thread in threads:
                thread.join(10 * _POLL)
            raise
        if self._failure is not None:
            raise self._failure

    def drain(self) -> None:
        """Within the stream: wait until everything that was given out is done."""
        with self._idle:
            while self._busy and not self._stop.is_set():
                self._idle.wait(_POLL)

    def _serve(self, items: Iterator[_T], work: Callable[[_T], None]) -> None:
        try:
            while not self._stop.is_set():
                with self._turn:
                    if self._stop.is_set():
                        return
                    try:
                        item = next(items)
                    except StopIteration:
                        return
                    with self._idle:
                        self._busy += 1
                try:
                    work(item)
                finally:
                    with self._idle:
                        self._busy -= 1
                        if not self._busy:
                            self._idle.notify_all()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            if self._failure is None:
                self._failure = error
            self._stop.set()
