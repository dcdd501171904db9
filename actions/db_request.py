"""Action `kubernetes.db_request`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbRequest(DatabaseAction):
    def perform(
        self,
        *,
        cluster: str,
        namespace: str,
        name: str,
        dry_run: bool,
        engine: str | None = None,
        version: str | None = None,
        instance_class: str | None = None,
        storage_gib: int | None = None,
        database_name: str | None = None,
        deletion_policy: str | None = None,
        read_replicas: int | None = None,
        snapshot: str | None = None,
    ) -> dict[str, Any]:
        from paas import database

        asked = {
            "engine": engine,
            "version": version,
            "class": instance_class,
            "storageGiB": storage_gib,
            "databaseName": database_name,
            "deletionPolicy": deletion_policy,
            "readReplicas": read_replicas,
            "snapshot": snapshot,
        }
        spec = {field: value for field, value in asked.items() if value is not None}
        target = self.target(
            cluster=cluster, namespace=namespace, name=name, api_version="paas.internal/v1", object_kind="Database"
        )
        done = database.ask_for(target, spec, settings=self.databases, dry_run=dry_run)
        return {"cluster": cluster, "namespace": namespace, "name": name, **done}
