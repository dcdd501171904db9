"""Action `kubernetes.rds_restore_database`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class RdsRestoreDatabase(DatabaseAction):
    def perform(
        self, *, dry_run: bool, snapshot: str | None = None, uid: str | None = None, **identity: str
    ) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, uid=uid)
        place = self.place(target.ref.cluster, target.ref.namespace, target.ref.name)
        return database.restore(
            target,
            place.secrets,
            self.instances,
            self.snapshots,
            path=place.vault_path,
            settings=self.databases,
            snapshot=snapshot,
            dry_run=dry_run,
        )
