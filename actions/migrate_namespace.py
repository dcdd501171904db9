"""Action `kubernetes.migrate_namespace`."""

from typing import Any

from paas_pack.actions import PaasAction


class MigrateNamespace(PaasAction):
    def perform(
        self, *, namespace: str, source: str, destination: str, new_name: str | None = None, **given: Any
    ) -> dict[str, Any]:
        from paas import migration

        given["namespaces"] = [namespace]
        given["namespace_map"] = {namespace: new_name} if new_name else {}
        return migration.migrate(self.kube(source), self.kube(destination), **given)
