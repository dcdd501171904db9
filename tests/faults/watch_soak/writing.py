"""Objects that come, change and go at a steady rate, and the record of what the server confirmed."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from paas import kube
from paas.errors import Conflict, NotFound, PaasError
from tests.faults.watch_soak.promise import Life
from tests.integration.watch.running import Group

NAMES = 300


class Writer:
    """Writes in a thread of its own. An answer that did not come is looked up before the next write.

    Args:
        client: The cluster, without any proxy.
        group: The group of the objects.
        rate: Writes a second.
        rng: What decides.
    """

    def __init__(self, client: kube.Client, group: Group, *, rate: float, rng: random.Random) -> None:
        self.lives: list[Life] = []
        self.writes = 0
        self._client = client
        self._group = group
        self._rate = rate
        self._rng = rng
        self._there: dict[str, Life] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), "the writer does not end: the API server does not answer"

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            self._write(f"w{self._rng.randrange(NAMES)}")
            self.writes += 1
            due = max(due + 1 / self._rate, time.monotonic() - 1.0)
            time.sleep(max(0.0, due - time.monotonic()))

    def _write(self, name: str) -> None:
        life = self._there.get(name)
        try:
            if life is None:
                self._came(name, self._group.create(name, labels={"n": name}))
            elif self._rng.random() < 0.7:
                self._changed(life, self._group.change(name, self._rng.randrange(10**9)))
            else:
                self._group.delete(name)
                self._went(life)
        except PaasError:
            self._look_up(name)

    def _look_up(self, name: str) -> None:
        """What became of a write whose answer did not come."""
        while True:
            life = self._there.get(name)
            try:
                item = self._client.get(f"{self._group.path}/{name}", timeout=5)
            except (NotFound, Conflict) as error:
                if error.reason != "NotFound":  # the server is up, and does not serve the kind yet
                    time.sleep(0.2)
                    continue
                if life is not None:
                    self._went(life)
                return
            except PaasError:
                time.sleep(0.2)
                continue
            if life is None:
                self._came(name, item)
            elif item["metadata"]["resourceVersion"] != life.versions[-1][0]:
                self._changed(life, item)
            return

    def _came(self, name: str, item: dict[str, Any]) -> None:
        life = self._there[name] = Life(name, item["metadata"]["uid"])
        self.lives.append(life)
        self._changed(life, item)

    def _changed(self, life: Life, item: dict[str, Any]) -> None:
        assert item["metadata"]["uid"] == life.uid
        version = item["metadata"]["resourceVersion"]
        if not life.versions or life.versions[-1][0] != version:  # a change to the same value changes nothing
            life.versions.append((version, time.time()))

    def _went(self, life: Life) -> None:
        life.gone = time.time()
        del self._there[life.name]
