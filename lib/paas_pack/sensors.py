"""What the watching sensors share: settings, clients, dispatch, and a datastore that green threads may use at once."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from functools import cached_property
from typing import Any

from st2reactor.sensor.base import Sensor

from paas import kube
from paas.kube.watching import Saver, WatchStatus
from paas.references import References
from paas.settings import Settings
from paas_pack.status_keys import STATUS_KEY
from paas_pack.status_publication import StatusPublication


class SensorDatastore:
    """StackStorm's datastore for what a sensor shares with actions and remembers across restarts.

    One request at a time: the service's client is not made for many threads, green ones included.

    Args:
        service: The sensor service.
    """

    def __init__(self, service: Any) -> None:
        self._service = service
        self._lock = threading.Lock()

    def get(self, name: str) -> str | None:
        """A value, None where there is none."""
        with self._lock:
            value = self._service.get_value(name, local=False)
        return None if value is None else str(value)

    def secret(self, name: str) -> str | None:
        """A decrypted value, None where there is none."""
        with self._lock:
            value = self._service.get_value(name, local=False, decrypt=True)
        return None if value is None else str(value)

    def set(self, name: str, value: str) -> None:
        """Write a value."""
        with self._lock:
            self._service.set_value(name, value, local=False)

    def delete(self, name: str) -> None:
        """Remove a value, if it is there."""
        with self._lock:
            if self._service.get_value(name, local=False) is not None:
                self._service.delete_value(name, local=False)


class WatchingSensor(Sensor):  # type: ignore[misc]
    """Runs watches until the process ends; a sensor overrides `begin`, `end` and `statuses`."""

    def __init__(self, sensor_service: Any, config: Any = None) -> None:
        # All of it here: StackStorm may tell of triggers before `setup` has returned.
        super().__init__(sensor_service=sensor_service, config=config)
        self.datastore = SensorDatastore(sensor_service)
        self.saver = Saver(also=self._publish)
        self._references = References(self.datastore.secret)
        self._clients: dict[str, kube.Client] = {}
        self._connecting = threading.Lock()
        self._dispatching = threading.Lock()
        self._lifecycle = threading.Lock()
        self._publication = StatusPublication(self._publish_text)
        self._ending = False

    @cached_property
    def settings(self) -> Settings:
        """The pack's configuration.

        Raises:
            ConfigError: It cannot be used.
        """
        return Settings.load(self.config)

    def setup(self) -> None:
        """Check the settings.

        Raises:
            ConfigError: They cannot be used.
        """
        _ = self.settings

    def run(self) -> None:
        """Watch until the process is asked to end."""
        # StackStorm's container ends a sensor by SIGTERM, which would not leave time to save the positions.
        with contextlib.suppress(ValueError):  # not the process's main thread: a test
            signal.signal(signal.SIGTERM, self._asked_to_end)
        with self._lifecycle:
            if not self._ending:
                self.saver.start()
                self.begin()
        while not self._ending:
            time.sleep(0.5)

    def cleanup(self) -> None:
        """Stop the watches and save their positions. Twice is once."""
        with self._lifecycle:
            self._ending = True
            self.end()
            self.saver.stop()

    def begin(self) -> None:
        """Start the watches."""

    def end(self) -> None:
        """Stop the watches."""

    def statuses(self) -> list[WatchStatus]:
        """How the watches are doing."""
        return []

    def add_trigger(self, trigger: Any) -> None:
        """Triggers without parameters ask for nothing."""

    def update_trigger(self, trigger: Any) -> None:
        """Triggers without parameters ask for nothing."""

    def remove_trigger(self, trigger: Any) -> None:
        """Triggers without parameters ask for nothing."""

    def connect(self, cluster: str) -> kube.Client:
        """The client of a cluster; made once, for all watches.

        Raises:
            ConfigError: The cluster's settings cannot be used.
        """
        with self._connecting:
            if cluster not in self._clients:
                self._clients[cluster] = kube.connect(self.settings.cluster(cluster), self._references)
            return self._clients[cluster]

    def dispatch(self, trigger: str, payload: dict[str, Any]) -> None:
        """Send a trigger on its way; its event id traces it."""
        with self._dispatching:
            self.sensor_service.dispatch(trigger=trigger, payload=payload, trace_tag=payload["event_id"])

    def _publish(self) -> None:
        self._publication.publish(self.statuses(), last=self._ending)

    def _publish_text(self, text: str) -> None:
        self.datastore.set(STATUS_KEY + type(self).__name__, text)

    def _asked_to_end(self, *_: object) -> None:
        # No lock and no thread may be touched in a signal's handler: `run` sees this and returns.
        self._ending = True
