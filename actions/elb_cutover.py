"""Action `kubernetes.elb_cutover`."""

from typing import Any

from paas_pack.traffic import TrafficAction


class ElbCutover(TrafficAction):
    def perform(
        self, *, cluster: str, environment: str | None = None, dry_run: bool = False, **order: Any
    ) -> dict[str, Any]:
        return self.traffic(environment).cutover(cluster, self.order(**order), dry_run=dry_run)
