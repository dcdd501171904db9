"""Action `kubernetes.consul_sync`."""

import threading
import time
from typing import Any

from paas_pack.actions import PaasAction, inert
from paas_pack.consul_pairs import connect_pair, say


class ConsulSync(PaasAction):
    def perform(
        self,
        *,
        pair: str,
        duration: int = 0,
        max_delete_share: float | None = None,
        lock_wait: int = 30,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        from paas.consul.sync import keep

        syncer, source = connect_pair(self.settings, self.references, pair)
        if dry_run:
            return inert(syncer.diff().as_dict())
        if not duration:
            return inert(syncer.once(max_delete_share=max_delete_share, lock_wait=lock_wait).as_dict())
        report = keep(
            syncer,
            source,
            ended=threading.Event(),
            until=time.monotonic() + duration,
            tell=lambda each: say(f"{pair}: {each.state} {each.reason}".rstrip()),
            max_delete_share=max_delete_share,
            lock_wait=lock_wait,
        )
        if report.failure is not None:
            raise report.failure
        return inert(report.as_dict())
