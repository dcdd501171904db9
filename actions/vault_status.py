"""Action `kubernetes.vault_status`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class VaultStatus(PaasAction):
    def perform(self, *, vault: str) -> dict[str, Any]:
        from paas.vault import actions

        return inert(actions.status(self.vault(vault)))
