"""Action `kubernetes.db_publish`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbPublish(DatabaseAction):
    def perform(self, *, claim: str, uid: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, uid=uid, claim=claim)
        ref = target.ref
        report, written = database.advance(
            self.place(ref.cluster, ref.namespace, ref.name),
            self.instances,
            target.read(),  # nothing is published for an object that is gone by now
            owner=self.owner(ref, claim),
            settings=self.databases,
        )
        return {"report": report.as_dict(), "keys_written": list(written)}
