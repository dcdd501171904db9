"""Sensor `ConsulSyncSensor`: keeps pairs of Consuls in step, and tells how they stand."""

import contextlib
import signal
import threading
import time
from typing import Any

from st2reactor.sensor.base import Sensor

from paas.references import References
from paas.settings import Settings
from paas_pack.consul_keepers import Keepers
from paas_pack.sensors import SensorDatastore

TRIGGER = "kubernetes.consul_sync"
#: Seconds between two looks at the switches.
LOOK_EVERY = 2.0


class ConsulSyncSensor(Sensor):
    """The switches lie in the datastore; consul_sync_enable and consul_sync_disable turn them."""

    def setup(self) -> None:
        """Read the settings."""
        self._log = self.sensor_service.get_logger(name=type(self).__name__)
        self._dispatching = threading.Lock()
        self._ending = False
        datastore = SensorDatastore(self.sensor_service)
        self._keepers = Keepers(
            Settings.load(self.config),
            References(datastore.secret),
            get=datastore.get,
            dispatch=self._dispatch,
            log=self._log,
        )

    def run(self) -> None:
        """Look at the switches until the process is asked to end."""
        with contextlib.suppress(ValueError):  # not the process's main thread: a test
            signal.signal(signal.SIGTERM, self._asked_to_end)
        looked = 0.0
        while not self._ending:
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                self._look()
            time.sleep(0.5)
        self._keepers.end()

    def _look(self) -> None:
        try:
            self._keepers.look()
        except Exception as error:  # noqa: BLE001 - the datastore may be away; what runs goes on
            self._log.warning("the switches cannot be read (%s); the next look tries again", type(error).__name__)

    def cleanup(self) -> None:
        """End what runs."""
        self._ending = True
        self._keepers.end()

    def add_trigger(self, trigger: Any) -> None:
        """The trigger has no parameters."""

    def update_trigger(self, trigger: Any) -> None:
        """The trigger has no parameters."""

    def remove_trigger(self, trigger: Any) -> None:
        """The trigger has no parameters."""

    def _dispatch(self, payload: dict[str, Any]) -> None:
        with self._dispatching:
            self.sensor_service.dispatch(trigger=TRIGGER, payload=payload, trace_tag=payload["event_id"])

    def _asked_to_end(self, *_: Any) -> None:
        # No lock may be touched in a signal's handler: `run` sees this and returns.
        self._ending = True
