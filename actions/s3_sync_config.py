"""Action `kubernetes.s3_sync_config`."""

from typing import Any

from paas_pack.actions import PaasAction


class S3SyncConfig(PaasAction):
    def perform(
        self,
        *,
        source: str,
        destination: str,
        prefix: str = "",
        rewrite: list[dict[str, str]] | None = None,
        **asked: bool,
    ) -> dict[str, Any]:
        from paas import buckets

        order = buckets.Order(rewrite=buckets.Rules.read(rewrite), **asked)
        of = self.settings.bucket_of
        return buckets.sync(self.aws, source=of(source), destination=of(destination), prefix=prefix, order=order)
