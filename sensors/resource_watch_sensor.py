"""Sensor `ResourceWatchSensor`: whatever resource a rule asks for in its trigger's parameters."""

from typing import Any

from paas.errors import PaasError
from paas.kube.resource_queries import ResourceQuery
from paas.kube.resource_watches import ResourceWatches
from paas_pack.sensors import WatchingSensor


class ResourceWatchSensor(WatchingSensor):
    """One watch for equal parameters; it begins with the first rule and ends with the last."""

    def __init__(self, sensor_service: Any, config: Any = None) -> None:
        super().__init__(sensor_service=sensor_service, config=config)
        self._log = sensor_service.get_logger(name=type(self).__name__)
        self._watches = ResourceWatches(self.connect, tell=self.dispatch, datastore=self.datastore, saver=self.saver)

    def end(self) -> None:
        """Stop the watches."""
        self._watches.stop()

    def statuses(self) -> Any:
        """How each watch is doing."""
        return self._watches.statuses()

    def add_trigger(self, trigger: Any) -> None:
        """A rule came that asks for something new."""
        try:
            query = ResourceQuery.read(trigger.get("parameters") or {})
            self.settings.cluster(query.cluster)
        except PaasError as error:
            self._log.error("trigger %s asks for what cannot be watched: %s", trigger["ref"], error)
            self._watches.remove(trigger["ref"])
        else:
            self._watches.add(trigger["ref"], query)

    def update_trigger(self, trigger: Any) -> None:
        """What a rule asks for changed."""
        self.add_trigger(trigger)

    def remove_trigger(self, trigger: Any) -> None:
        """The last rule that asked for it went."""
        self._watches.remove(trigger["ref"])
