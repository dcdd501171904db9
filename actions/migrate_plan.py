"""Action `kubernetes.migrate_plan`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigratePlan(PaasAction):
    def perform(self, *, source: str, destination: str, **given: Any) -> dict[str, Any]:
        from paas import migration

        return migration.plan(self.kube(source), self.kube(destination), **given)
