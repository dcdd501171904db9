"""Action `kubernetes.db_credentials`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbCredentials(DatabaseAction):
    def perform(self, *, claim: str, engine: str | None = None, **identity: str) -> dict[str, Any]:
        from paas import database

        ref = self.target(**identity).ref
        place = self.place(ref.cluster, ref.namespace, ref.name)
        made = database.ensure_credentials(
            place.secrets, self.instances, path=place.vault_path, owner=self.owner(ref, claim), engine=engine
        )
        return {"vault_path": made.path, "created": made.created, "owned": made.owned}
