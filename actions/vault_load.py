"""Action `kubernetes.vault_load`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class VaultLoad(PaasAction):
    def perform(
        self,
        *,
        vault: str,
        tree: dict[str, Any] | None = None,
        file: str | None = None,
        prefix: str = "",
        rotate: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.vault import actions

        sources = actions.Sources(self.references, connect=self.kube, settings=self.settings.vault(vault))
        wanted = actions.given_tree(tree, file)
        return inert(
            actions.load_tree(self.vault(vault), wanted, sources, prefix=prefix, rotate=rotate, dry_run=dry_run)
        )
