"""Action `kubernetes.consul_diff`."""

from typing import Any

from paas_pack.actions import PaasAction, inert
from paas_pack.consul_pairs import connect_pair


class ConsulDiff(PaasAction):
    def perform(self, *, pair: str) -> dict[str, Any]:
        syncer, _ = connect_pair(self.settings, self.references, pair)
        return inert(syncer.diff().as_dict())
