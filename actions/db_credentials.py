"""Action `kubernetes.db_credentials`."""

from typing import Any

from paas_pack.actions import PaasAction


class DbCredentials(PaasAction):
    def perform(
        self, *, cluster: str, api_version: str, object_kind: str, namespace: str, name: str, claim: str
    ) -> dict[str, Any]:
        from paas import database

        owner = database.Owner(
            claim=claim, cluster=cluster, namespace=namespace, name=name, api_version=api_version, kind=object_kind
        )
        path = self.settings.databases.keys.vault_path(cluster=cluster, namespace=namespace, name=name)
        made = database.ensure_credentials(self.vault_of(cluster), database.Instances(self.aws), path=path, owner=owner)
        return {"vault_path": made.path, "created": made.created, "owned": made.owned}
