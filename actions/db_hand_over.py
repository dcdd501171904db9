"""Action `kubernetes.db_hand_over`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbHandOver(DatabaseAction):
    def perform(self, *, source: str, destination: str, dry_run: bool, namespace: str | None = None) -> dict[str, Any]:
        from paas import database
        from paas.errors import Incomplete, InvalidInput

        if source == destination:
            raise InvalidInput("destination", destination, f"another cluster than {source}")
        moved = database.hand_over(
            self.side(source),
            self.side(destination),
            self.instances,
            settings=self.databases,
            namespace=namespace,
            dry_run=dry_run,
        )
        result = self.counted((each.as_dict() for each in moved), of="databases")
        held = result["outcomes"].get("held")
        if held and not dry_run:
            raise Incomplete(f"{held} of {result['count']} databases are held, see each one's why", result=result)
        return result
