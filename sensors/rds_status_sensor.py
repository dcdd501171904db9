"""Sensor `RdsStatusSensor`: what changed on the platform's RDS instances."""

import json
import traceback
from typing import Any

from st2reactor.sensor.base import PollingSensor

from paas.errors import PaasError
from paas.references import References
from paas.settings import Settings
from paas_pack.sensors import SensorDatastore

TRIGGER = "kubernetes.rds_status"
POSITION = "rds_status_sensor.position"


class RdsStatusSensor(PollingSensor):
    """Two paged describes a round; a round that fails is logged and the next one tells what it would have told."""

    def setup(self) -> None:
        """Read the settings and the position."""
        from paas import aws, database

        self._log = self.sensor_service.get_logger(name=type(self).__name__)
        self._datastore = SensorDatastore(self.sensor_service)
        account = aws.connect(Settings.load(self.config).aws, References(self._datastore.secret))
        self._instances = database.Instances(account)
        self._snapshots = database.Snapshots(account)
        self._seen = self._position()

    def poll(self) -> None:
        """Look once."""
        try:
            self._look()
        except PaasError as error:
            self._log.warning("%s; the next round looks again", error)
        except Exception as error:  # noqa: BLE001 - a sensor that raises is started again twice, then stays dead
            # The stack without the message, which may quote what a library was sent.
            stack = "".join(traceback.format_tb(error.__traceback__))
            self._log.error("this round failed with %s; the next one looks again\n%s", type(error).__name__, stack)

    def _look(self) -> None:
        from paas import database

        ours = list(self._instances.ours())
        # Asked for only while a database waits for its last snapshot.
        snapshots = list(self._snapshots.each()) if any(each.is_retiring for each in ours) else []
        events, seen = database.changes(self._seen, ours, snapshots)
        for event in events:
            self.sensor_service.dispatch(trigger=TRIGGER, payload=event, trace_tag=event["event_id"])
        if seen != self._seen:
            # Saved after the events are out: a crash in between tells them again, with the same ids.
            self._datastore.set(POSITION, json.dumps(seen, sort_keys=True))
            self._seen = seen

    def _position(self) -> dict[str, dict[str, Any]]:
        saved = self._datastore.get(POSITION) or "{}"
        try:
            position = json.loads(saved)
        except ValueError:
            position = None
        if not isinstance(position, dict) or not all(isinstance(each, dict) for each in position.values()):
            self._log.warning("the datastore's %s cannot be read; every instance is told again", POSITION)
            return {}
        return position

    def cleanup(self) -> None:
        """Nothing is open."""

    def add_trigger(self, trigger: Any) -> None:
        """The trigger has no parameters."""

    def update_trigger(self, trigger: Any) -> None:
        """The trigger has no parameters."""

    def remove_trigger(self, trigger: Any) -> None:
        """The trigger has no parameters."""
