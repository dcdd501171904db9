"""Action `kubernetes.migrate_release`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigrateRelease(PaasAction):
    def perform(self, *, destination: str, **given: Any) -> dict[str, Any]:
        from paas import migration

        return migration.release(self.kube(destination), **given)
