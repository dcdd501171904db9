"""Action `kubernetes.consul_sync_status`."""

from typing import Any

from paas_pack.actions import PaasAction, inert
from paas_pack.consul_switch import is_on


class ConsulSyncStatus(PaasAction):
    def perform(self, *, pair: str) -> dict[str, Any]:
        from paas.consul.sync import read_status

        settings = self.settings.consul_pair(pair)
        said = read_status(self.consul(settings.destination), settings)
        enabled = is_on(lambda name: self.action_service.get_value(name, local=False), pair)
        return inert({**said, "enabled": enabled})
