"""Action `kubernetes.vault_copy`."""

from typing import Any

from paas_pack.actions import PaasAction, inert
from paas_pack.consul_pairs import say


class VaultCopy(PaasAction):
    def perform(self, *, source: str, destination: str, path: str, **given: Any) -> dict[str, Any]:
        from paas.vault import actions

        copied = actions.copy_secrets(self.vault(source), self.vault(destination), path=path, progress=say, **given)
        return inert({**copied.as_dict(), "dry_run": given.get("dry_run", False)})
