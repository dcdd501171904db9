"""Sensor `ThirdPartyResourceSensor`: the objects of third-party kinds, and the definitions of those kinds."""

from typing import Any

from paas.kube.group_watches import GroupWatches
from paas_pack.database_news import DatabaseNews
from paas_pack.sensors import WatchingSensor

TRIGGER = "kubernetes.thirdpartyobject"


class ThirdPartyResourceSensor(WatchingSensor):
    """Watches what `third_party` of the configuration names, in every cluster on its own."""

    def __init__(self, sensor_service: Any, config: Any = None) -> None:
        super().__init__(sensor_service=sensor_service, config=config)
        self._clusters: list[GroupWatches] = []
        self._news: dict[str, DatabaseNews] = {}

    def begin(self) -> None:
        """Start a set of watches for each cluster."""
        third_party = self.settings.third_party
        for name in self.settings.clusters:
            self._news[name] = DatabaseNews(name, self.datastore)
            self.saver.add(self._news[name])
        self._clusters = [
            GroupWatches(
                name,
                lambda name=name: self.connect(name),
                third_party.groups_of(name),
                tell=self._tell,
                datastore=self.datastore,
                saver=self.saver,
                definitions=third_party.definitions,
            )
            for name in self.settings.clusters
            if third_party.groups_of(name)
        ]
        for cluster in self._clusters:
            cluster.start()

    def end(self) -> None:
        """Stop them."""
        for cluster in self._clusters:
            cluster.stop()

    def statuses(self) -> Any:
        """How each watch is doing."""
        return [status for cluster in self._clusters for status in cluster.statuses()]

    def _tell(self, payload: dict[str, Any]) -> None:
        self.dispatch(TRIGGER, payload)
        self._news[payload["cluster"]].tell(payload, self.dispatch)
