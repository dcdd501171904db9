"""Action `kubernetes.migrate_lb`."""

from typing import Any

from paas_pack.traffic import TrafficAction


class MigrateLb(TrafficAction):
    def perform(self, *, cluster: str, environment: str | None = None, dry_run: bool = False) -> dict[str, Any]:
        named = self.environment(environment).cluster_named(cluster)
        return self.traffic(environment).cutover(named, self.order(), dry_run=dry_run)
