"""Action `kubernetes.db_reconcile`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbReconcile(DatabaseAction):
    def perform(self, *, dry_run: bool, cluster: str | None = None, namespace: str | None = None) -> dict[str, Any]:
        from paas import database

        known = list(self.instances.all())
        ours = [each for each in known if each.owner is not None]
        objects, unheard = self.asking(ours, cluster)
        chosen = [each for each in objects if namespace in (None, each.namespace)]
        means = database.Means(
            instances=self.instances,
            snapshots=self.snapshots,
            settings=self.databases,
            target_of=self.target_of,
            place_of=lambda each: self.place(each.cluster, each.namespace, each.name),
            known={each.identifier: each for each in known},
            retire=self.retire,
        )
        result = self.counted(database.reconcile(chosen, means, dry_run=dry_run), of="objects")
        _, orphans = database.databases(objects, ours, namespace=namespace)
        complete = not unheard and cluster is None
        return {**result, "orphans": orphans if complete else [], "unreachable": unheard}
