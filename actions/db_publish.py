"""Action `kubernetes.db_publish`."""

from typing import Any

from paas_pack.actions import PaasAction


class DbPublish(PaasAction):
    def perform(
        self,
        *,
        cluster: str,
        api_version: str,
        object_kind: str,
        namespace: str,
        name: str,
        claim: str,
        uid: str | None = None,
    ) -> dict[str, Any]:
        from paas import database

        identity = {"cluster": cluster, "api_version": api_version, "namespace": namespace, "name": name}
        ref = database.ObjectRef(**identity, kind=object_kind, uid=uid, claim=claim)
        database.DatabaseObject(
            self.kube(cluster), ref
        ).read()  # nothing is published for an object that is gone by now
        report, written = database.advance(
            self.consul_of(cluster),
            database.Instances(self.aws),
            owner=database.Owner(**identity, kind=object_kind, claim=claim),
            prefix=self.settings.databases.keys.consul_prefix(cluster=cluster, namespace=namespace, name=name),
        )
        return {"report": report.as_dict(), "keys_written": list(written)}
