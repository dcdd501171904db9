"""Action `kubernetes.db_show`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbShow(DatabaseAction):
    def perform(self, **identity: str) -> dict[str, Any]:
        from paas import database

        return database.look_at(self.target(**identity, going=True), self.instances)
