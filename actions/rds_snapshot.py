"""Action `kubernetes.rds_snapshot`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class RdsSnapshot(DatabaseAction):
    def perform(self, *, snapshot: str, dry_run: bool, **identity: str) -> dict[str, Any]:
        from paas import database
        from paas.errors import Refused

        _, owner = self.claimed(self.target(**identity))
        if (instance := self.instances.find(owner.claim)) is None:
            raise Refused(f"AWS has no RDS instance {owner.claim}, so there is nothing to take a snapshot of")
        database.owned(instance, owner)
        if dry_run:
            return {"snapshot": snapshot, "database": owner.claim, "made": False}
        found, made = self.snapshots.ensure(instance, snapshot)
        return {**found.as_dict(), "made": made}
