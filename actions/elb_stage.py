"""Action `kubernetes.elb_stage`."""

from typing import Any

from paas_pack.traffic import TrafficAction


class ElbStage(TrafficAction):
    def perform(
        self, *, cluster: str, environment: str | None = None, dry_run: bool = False, **order: Any
    ) -> dict[str, Any]:
        return self.traffic(environment).stage(cluster, self.order(**order), dry_run=dry_run)
