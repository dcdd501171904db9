"""Action `kubernetes.consul_put`."""

from typing import Any

from paas_pack.actions import PaasAction, inert


class ConsulPut(PaasAction):
    def perform(
        self,
        *,
        consul: str,
        key: str,
        value: str | None = None,
        value_from: str | None = None,
        flags: int | None = None,
        cas: int | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.consul import values

        wanted = values.given_value(value, value_from, self.references)
        return inert(values.put_key(self.consul(consul).wire, key, wanted, flags=flags, cas=cas, dry_run=dry_run))
