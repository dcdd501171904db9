"""Action `kubernetes.migrate_cluster`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigrateCluster(PaasAction):
    def perform(self, *, source: str, destination: str, **given: Any) -> dict[str, Any]:
        from paas import migration

        return migration.migrate(self.kube(source), self.kube(destination), **given)
