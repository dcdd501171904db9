"""Action `kubernetes.migrate_hold`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigrateHold(PaasAction):
    def perform(self, *, source: str, destination: str | None = None, **given: Any) -> dict[str, Any]:
        from paas import migration

        arrived = self.kube(destination) if destination else None
        return migration.hold(self.kube(source), destination=arrived, **given)
