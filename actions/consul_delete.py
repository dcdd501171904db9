"""Action `kubernetes.consul_delete`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class ConsulDelete(PaasAction):
    def perform(
        self,
        *,
        consul: str,
        key: str,
        recurse: bool = False,
        max_keys: int = 100,
        backup_file: str | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.consul import values

        wire = self.consul(consul).wire
        found = values.folder_to_delete(wire, key, at_most=max_keys) if recurse else values.key_to_delete(wire, key)
        return inert(values.delete(wire, found, backup_file=backup_file, dry_run=dry_run))
