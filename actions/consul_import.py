"""Action `kubernetes.consul_import`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class ConsulImport(PaasAction):
    def perform(
        self, *, consul: str, file: str, prefix: str = "", overwrite: bool = False, dry_run: bool = False
    ) -> dict[str, Any]:
        from paas.consul import values

        keys = [each for each in values.read_file(file, parameter="file") if each.key.startswith(prefix)]
        done = values.import_keys(self.consul(consul).wire, keys, overwrite=overwrite, dry_run=dry_run)
        return inert({**done.as_dict(), "dry_run": dry_run})
