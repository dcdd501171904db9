"""Faults one after the other, chosen by a seed: the sensor, the API server, the network, the broker."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

from tests.faults.watch_soak.promise import Gap
from tests.integration.watch.running import SensorRun
from tests.integration.watch.workshop import Workshop


class Chaos:
    """Makes faults and keeps the times in which they may show.

    Args:
        shop: The cluster and the proxy before it.
        sensor: The sensor.
        rng: What decides.
        pause: Seconds between two faults, at most.
        log: Takes a line for each fault.
    """

    def __init__(
        self, shop: Workshop, sensor: SensorRun, *, rng: random.Random, pause: float, log: Callable[[str], None]
    ) -> None:
        self.gaps: list[Gap] = []
        self.counts: Counter[str] = Counter()
        self._shop = shop
        self._sensor = sensor
        self._rng = rng
        self._pause = pause
        self._log = log
        self._stopping = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="chaos", daemon=True)
        self._faults: list[Callable[[], None]] = [
            self.kill_the_sensor,
            self.end_the_sensor,
            self.reset_connections,
            self.refuse_connections,
            self.stall,
            self.cut_connections,
            self.forget_history,
            self.broker_away,
        ]
        if shop.kind == "real":  # a stand-in that is killed forgets its objects
            self._faults.append(self.kill_the_api_server)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End with everything healed and running."""
        self._stopping.set()
        self._thread.join(300)
        assert not self._thread.is_alive()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._rng.uniform(self._pause / 3, self._pause)):
                self._make(self._rng.choice(self._faults))
        except BaseException as error:  # noqa: BLE001 - told by stop()
            self._failed = error

    def _make(self, fault: Callable[[], None]) -> None:
        name = fault.__name__
        gap = Gap(time.time(), float("inf"), killed=name == "kill_the_sensor")
        self.gaps.append(gap)
        fault()
        self.counts[name] += 1
        gap.end = time.time()  # until an event of a later write is told: see `close`
        self._log(f"{name.replace('_', ' ')}, {gap.end - gap.begin:.1f} s")

    def _for(self, longest: float) -> None:
        time.sleep(self._rng.uniform(0.2, longest))

    def kill_the_sensor(self) -> None:
        self._sensor.kill()
        self._for(4)
        self._sensor.start()

    def end_the_sensor(self) -> None:
        self._sensor.stop()
        self._for(4)
        self._sensor.start()

    def kill_the_api_server(self) -> None:
        (server,) = [each for each in self._shop.servers if each.name.endswith("apiserver")]
        server.kill()
        self._for(4)
        server.up()

    def reset_connections(self) -> None:
        self._shop.proxy.reset()

    def refuse_connections(self) -> None:
        self._shop.proxy.refuse()
        self._shop.proxy.reset()
        self._for(6)
        self._shop.proxy.heal()

    def stall(self) -> None:
        self._shop.proxy.stall()
        self._for(10)
        if self._rng.random() < 0.5:  # else what was held back comes after all
            self._shop.proxy.reset()
        self._shop.proxy.heal()

    def cut_connections(self) -> None:
        for _ in range(self._rng.randrange(1, 6)):
            self._shop.proxy.cut_after(self._rng.randrange(1, 20_000))
            self._for(1)
        self._shop.proxy.heal()

    def forget_history(self) -> None:
        self._shop.proxy.refuse()
        self._shop.proxy.reset()
        self._for(2)
        self._shop.forget()
        self._shop.proxy.heal()

    def broker_away(self) -> None:
        refuse = self._sensor.directory / "refuse"
        refuse.touch()
        self._for(5)
        refuse.unlink()
