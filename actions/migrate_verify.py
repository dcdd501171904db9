"""Action `kubernetes.migrate_verify`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigrateVerify(PaasAction):
    def perform(self, *, source: str, destination: str, **given: Any) -> dict[str, Any]:
        from paas import migration

        return migration.verify(self.kube(source), self.kube(destination), **given)
