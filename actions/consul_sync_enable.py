"""Action `kubernetes.consul_sync_enable`."""

from typing import Any

from paas_pack.actions import PaasAction
from paas_pack.consul_switch import turn


class ConsulSyncEnable(PaasAction):
    def perform(self, *, pair: str) -> dict[str, Any]:
        self.settings.consul_pair(pair)
        return {"pair": pair, "enabled": True, "changed": turn(self.action_service, pair, on=True)}
