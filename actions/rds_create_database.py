"""Action `kubernetes.rds_create_database`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class RdsCreateDatabase(DatabaseAction):
    def perform(self, *, claim: str, spec: dict[str, Any], uid: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity, uid=uid, claim=claim)
        target.read()  # nothing is made for an object that is gone by now
        place = self.place(target.ref.cluster, target.ref.namespace, target.ref.name)
        instance, created = database.provision(
            place.secrets,
            self.instances,
            database.DatabaseSpec.from_dict(spec),
            owner=self.owner(target.ref, claim),
            path=place.vault_path,
            platform=self.databases.platform,
            snapshots=self.snapshots,
        )
        return {"identifier": instance.identifier, "status": instance.status, "created": created}
