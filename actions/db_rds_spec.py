"""Action `kubernetes.db_rds_spec`."""

from typing import Any

from paas_pack.actions import PaasAction


class DbRdsSpec(PaasAction):
    def perform(
        self, *, cluster: str, api_version: str, object_kind: str, namespace: str, name: str, uid: str | None = None
    ) -> dict[str, Any]:
        from paas import database

        ref = database.ObjectRef(
            cluster=cluster, api_version=api_version, kind=object_kind, namespace=namespace, name=name, uid=uid
        )
        accepted = database.accept(database.DatabaseObject(self.kube(cluster), ref), self.settings.databases)
        return {
            "claim": accepted.claim,
            "spec": accepted.spec.as_dict(),
            "consul_prefix": accepted.consul_prefix,
            "vault_path": accepted.vault_path,
        }
