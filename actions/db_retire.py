"""Action `kubernetes.db_retire`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbRetire(DatabaseAction):
    def perform(self, *, dry_run: bool, claim: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, going=True)
        return database.retire(target, self.services(target.ref), claim=claim, dry_run=dry_run)
