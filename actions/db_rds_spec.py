"""Action `kubernetes.db_rds_spec`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbRdsSpec(DatabaseAction):
    def perform(self, *, uid: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        accepted = database.accept(self.target(**identity, uid=uid), self.databases, ours=lambda: self.instances.ours())
        return {
            "claim": accepted.claim,
            "spec": accepted.spec.as_dict(),
            "consul_prefix": accepted.consul_prefix,
            "vault_path": accepted.vault_path,
        }
