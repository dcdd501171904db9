"""Action `kubernetes.db_list`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbList(DatabaseAction):
    def perform(self, *, limit: int, cluster: str | None = None, namespace: str | None = None) -> dict[str, Any]:
        from paas import database

        instances = list(self.instances.ours())
        objects, unheard = self.asking(instances, cluster)
        rows, orphans = database.databases(objects, instances, namespace=namespace)
        return {
            "databases": rows[:limit],
            "count": len(rows),
            # With a cluster left out or out of reach nobody can tell which databases have no object.
            "orphans": orphans[:limit] if not unheard and cluster is None else [],
            "unreachable": unheard,
        }
