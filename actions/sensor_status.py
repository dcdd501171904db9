"""Action `sensor_status`: how each watch of the sensors is doing."""

import json
import time
from typing import Any

from paas.kube.watch_report import report
from paas_pack.actions import PaasAction
from paas_pack.status_keys import STATUS_KEY, WATCHING_SENSORS


class SensorStatus(PaasAction):
    """Reads what the sensors publish."""

    def perform(self, *, cluster: str | None = None, **_: Any) -> dict[str, Any]:
        """The report of every sensor's watches."""
        if cluster is not None:
            self.settings.cluster(cluster)
        published = {}
        for sensor in WATCHING_SENSORS:
            text = self.action_service.get_value(STATUS_KEY + sensor, local=False)
            published[sensor] = json.loads(text) if text else None
        return report(published, now=time.time(), cluster=cluster)
