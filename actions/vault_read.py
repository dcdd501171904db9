"""Action `kubernetes.vault_read`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class VaultRead(PaasAction):
    def perform(
        self,
        *,
        vault: str,
        path: str,
        cluster: str,
        namespace: str,
        secret: str,
        keys: dict[str, str] | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.vault import actions

        said = actions.into_kubernetes(
            self.vault(vault),
            self.kube(cluster),
            path=path,
            cluster=cluster,
            namespace=namespace,
            name=secret,
            keys=keys,
            dry_run=dry_run,
        )
        return inert(said)
