"""Action `kubernetes.migrate_undo`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigrateUndo(PaasAction):
    def perform(self, *, destination: str, **given: Any) -> dict[str, Any]:
        from paas import migration

        return migration.undo(self.kube(destination), **given)
