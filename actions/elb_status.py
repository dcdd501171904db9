"""Action `kubernetes.elb_status`."""

from typing import Any

from paas_pack.traffic import TrafficAction


class ElbStatus(TrafficAction):
    def perform(self, *, environment: str | None = None) -> dict[str, Any]:
        from paas import traffic

        return traffic.status(self.traffic(environment))
