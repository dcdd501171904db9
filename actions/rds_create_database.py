"""Action `kubernetes.rds_create_database`."""

from typing import Any

from paas_pack.actions import PaasAction


class RdsCreateDatabase(PaasAction):
    def perform(
        self,
        *,
        cluster: str,
        api_version: str,
        object_kind: str,
        namespace: str,
        name: str,
        claim: str,
        spec: dict[str, Any],
        uid: str | None = None,
    ) -> dict[str, Any]:
        from paas import database

        identity = {"cluster": cluster, "api_version": api_version, "namespace": namespace, "name": name}
        ref = database.ObjectRef(**identity, kind=object_kind, uid=uid, claim=claim)
        database.DatabaseObject(self.kube(cluster), ref).read()  # nothing is made for an object that is gone by now
        settings = self.settings.databases
        instance, created = database.provision(
            self.vault_of(cluster),
            database.Instances(self.aws),
            database.DatabaseSpec.from_dict(spec),
            owner=database.Owner(**identity, kind=object_kind, claim=claim),
            path=settings.keys.vault_path(cluster=cluster, namespace=namespace, name=name),
            platform=settings.platform,
        )
        return {"identifier": instance.identifier, "status": instance.status, "created": created}
