"""Action `kubernetes.consul_export`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class ConsulExport(PaasAction):
    def perform(
        self,
        *,
        consul: str,
        prefix: str = "",
        file: str | None = None,
        to_consul: str | None = None,
        overwrite: bool = False,
        show: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.consul import values

        found = values.Export.read(self.consul(consul).wire, prefix)
        said = found.as_dict()
        if file and not dry_run:
            found.write(file)
            said["file"] = file
        if to_consul:
            said["imported"] = found.copy(self.consul(to_consul).wire, overwrite=overwrite, dry_run=dry_run).as_dict()
        if show:
            said["export"] = found.shown(never=self.settings.consul(consul).never_show)
        return inert({**said, "dry_run": dry_run})
