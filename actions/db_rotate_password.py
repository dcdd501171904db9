"""Action `kubernetes.db_rotate_password`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbRotatePassword(DatabaseAction):
    def perform(self, *, lost: bool, dry_run: bool, **identity: str) -> dict[str, Any]:
        from paas import database

        _, owner = self.claimed(self.target(**identity))
        place = self.place(owner.cluster, owner.namespace, owner.name)
        done = database.rotate(
            place.secrets,
            self.instances,
            path=place.vault_path,
            owner=owner,
            copies=self.other_secrets(owner),
            lost=lost,
            dry_run=dry_run,
        )
        return {"claim": owner.claim, "vault_path": place.vault_path, **done}
