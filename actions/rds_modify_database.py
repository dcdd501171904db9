"""Action `kubernetes.rds_modify_database`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class RdsModifyDatabase(DatabaseAction):
    def perform(self, *, dry_run: bool, uid: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, uid=uid)
        _, owner = self.claimed(target)
        report, changes = database.modify(
            self.instances, target.read(), owner=owner, settings=self.databases, dry_run=dry_run
        )
        if report is not None and not dry_run:
            self.sayer(target)(report)
        refused = report.refused if report is not None else ""
        return {"claim": owner.claim, "looked": report is not None, "changes": list(changes), "refused": refused}
