"""Action `kubernetes.rds_delete_database`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class RdsDeleteDatabase(DatabaseAction):
    def perform(self, *, dry_run: bool, uid: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, uid=uid, going=True)
        services = self.services(target.ref)
        return database.delete(target, services, say=self.sayer(target), dry_run=dry_run).as_dict()
