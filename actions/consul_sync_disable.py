"""Action `kubernetes.consul_sync_disable`."""

from typing import Any

from paas_pack.actions import PaasAction
from paas_pack.consul_switch import turn


class ConsulSyncDisable(PaasAction):
    def perform(self, *, pair: str) -> dict[str, Any]:
        self.settings.consul_pair(pair)
        return {"pair": pair, "enabled": False, "changed": turn(self.action_service, pair, on=False)}
