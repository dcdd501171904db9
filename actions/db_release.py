"""Action `kubernetes.db_release`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbRelease(DatabaseAction):
    def perform(self, *, keep: bool, dry_run: bool, uid: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, uid=uid, going=True)
        services = self.services(target.ref)
        return database.let_go(target, services, say=self.sayer(target), keep=keep, dry_run=dry_run).as_dict()
