"""Action `kubernetes.db_unpublish`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbUnpublish(DatabaseAction):
    def perform(self, *, dry_run: bool, claim: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        target = self.target(**identity)
        # With its claim, for what an object that is gone has left behind.
        owner = self.owner(target.ref, claim) if claim else self.claimed(target)[1]
        if (instance := self.instances.find(owner.claim)) is not None:
            database.owned(instance, owner)
        place = self.place(owner.cluster, owner.namespace, owner.name)
        keys = database.unpublish(place.keys, prefix=place.consul_prefix, owner=owner, dry_run=dry_run)
        return {"claim": owner.claim, "keys": list(keys), "deleted": not dry_run}
