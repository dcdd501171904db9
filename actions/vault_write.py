"""Action `kubernetes.vault_write`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class VaultWrite(PaasAction):
    def perform(
        self,
        *,
        vault: str,
        path: str,
        values: dict[str, str] | None = None,
        from_secret: str | None = None,
        rotate: bool = False,
        only: bool = False,
        cas: int | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.vault import actions

        sources = actions.Sources(self.references, connect=self.kube, settings=self.settings.vault(vault))
        wanted = actions.wanted_of(sources, path, values=values, from_secret=from_secret)
        written = actions.write_keys(
            self.vault(vault), path, wanted, rotate=rotate, only=only, cas=cas, dry_run=dry_run
        )
        return inert(written.as_dict())
