"""Action `kubernetes.db_hand_over`."""

from typing import Any

from paas_pack.databases import DatabaseAction


class DbHandOver(DatabaseAction):
    def perform(self, *, source: str, destination: str, dry_run: bool, namespace: str | None = None) -> dict[str, Any]:
        from paas import database
        from paas.errors import InvalidInput, PaasError

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
        if held := result["outcomes"].get("held"):
            self.logger.warning("%s databases are held where they are", held)
            raise PaasError(f"{held} of {result['count']} databases are held: {result['first_held']}")
        return result
