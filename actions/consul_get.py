"""Action `kubernetes.consul_get`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class ConsulGet(PaasAction):
    def perform(self, *, consul: str, key: str, show: bool = False) -> dict[str, Any]:
        from paas.consul import values

        found = values.get_key(self.consul(consul).wire, key)
        said = found.as_dict()
        if show:
            said["value"] = values.shown_value(found, never=self.settings.consul(consul).never_show)
        return inert(said)
