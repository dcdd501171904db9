"""Action `kubernetes.vault_delete`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class VaultDelete(PaasAction):
    def perform(
        self,
        *,
        vault: str,
        path: str,
        versions: list[int] | None = None,
        destroy: bool = False,
        undelete: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.vault import actions

        connected = self.vault(vault)
        if undelete:
            return inert(actions.undelete_secret(connected, path, versions=versions or (), dry_run=dry_run))
        return inert(actions.delete_secret(connected, path, versions=versions or (), destroy=destroy, dry_run=dry_run))
