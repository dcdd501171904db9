"""Action `kubernetes.elb_switch_back`."""

from typing import Any

from paas_pack.traffic import TrafficAction


class ElbSwitchBack(TrafficAction):
    def perform(self, *, environment: str | None = None, dry_run: bool = False, **order: Any) -> dict[str, Any]:
        return self.traffic(environment).switch_back(self.order(**order), dry_run=dry_run)
