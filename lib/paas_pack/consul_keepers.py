"""The threads of the Consul sensor: one for each pair that is switched on."""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from paas.errors import PaasError
from paas.references import References
from paas.settings import Settings, SyncPair
from paas_pack.actions import inert
from paas_pack.consul_pairs import connect_pair
from paas_pack.consul_switch import is_on

if TYPE_CHECKING:
    from paas.consul.sync import Report

#: Seconds before a pair that failed as a whole is begun again.
_AGAIN = 15.0
#: StackStorm's container kills a sensor 5 seconds after it asked it to end.
_GRACE = 3.0


class Keepers:
    """Keeps the pairs that are switched on in step, each in a thread of its own.

    Args:
        settings: The pack's configuration.
        references: Fetches the Consuls' tokens.
        get: Reads one key of the datastore.
        dispatch: Sends a payload on its way.
        log: The sensor's logger.
    """

    def __init__(
        self,
        settings: Settings,
        references: References,
        *,
        get: Callable[[str], str | None],
        dispatch: Callable[[dict[str, Any]], None],
        log: Any,
    ) -> None:
        self._settings = settings
        self._references = references
        self._get = get
        self._dispatch = dispatch
        self._log = log
        self._running: dict[str, _Keeper] = {}

    def look(self) -> None:
        """Begin the pairs that are switched on, and end those that are not."""
        for name, pair in self._settings.consul_pairs.items():
            on, keeper = is_on(self._get, name), self._running.get(name)
            if on and (keeper is None or not keeper.is_alive()):
                self._running[name] = _Keeper(pair, self._settings, self._references, self._dispatch, self._log)
                self._running[name].start()
            elif keeper is not None and not on:
                del self._running[name]
                keeper.end()
                keeper.join(_AGAIN)
                self._dispatch(payload_of(pair, state="disabled"))

    def end(self) -> None:
        """End all of them, and give them a moment to let their locks go. Twice is once."""
        for keeper in self._running.values():
            keeper.end()
        deadline = time.monotonic() + _GRACE
        for keeper in self._running.values():
            keeper.join(max(0.0, deadline - time.monotonic()))


class _Keeper(threading.Thread):
    """Keeps one pair in step until it is ended, whatever happens."""

    def __init__(
        self,
        pair: SyncPair,
        settings: Settings,
        references: References,
        dispatch: Callable[[dict[str, Any]], None],
        log: Any,
    ) -> None:
        super().__init__(name=f"consul-sync-{pair.name}", daemon=True)
        self._pair = pair
        self._settings = settings
        self._references = references
        self._dispatch = dispatch
        self._log = log
        self._ended = threading.Event()
        self._said = ("", "")

    def end(self) -> None:
        self._ended.set()

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._keep()
            except PaasError as error:
                self._tell(payload_of(self._pair, state="lagging", reason=str(error)))
            except Exception as error:  # noqa: BLE001 - the pair must go on; a library's message may quote a value
                stack = "".join(traceback.format_tb(error.__traceback__))
                self._log.error("pair %s: unexpected %s at\n%s", self._pair.name, type(error).__name__, stack)
                self._tell(payload_of(self._pair, state="lagging", reason=f"a defect: {type(error).__name__}"))
            self._ended.wait(_AGAIN)

    def _keep(self) -> None:
        from paas.consul.sync import keep

        say = self._log.info
        syncer, source = connect_pair(self._settings, self._references, self._pair.name, progress=say)
        keep(syncer, source, ended=self._ended, tell=lambda report: self._tell(payload_of(self._pair, report=report)))

    def _tell(self, payload: dict[str, Any]) -> None:
        """Send what is news: another state, or another reason for it."""
        if (payload["state"], payload["reason"]) != self._said:
            self._said = (payload["state"], payload["reason"])
            self._dispatch(payload)


def payload_of(pair: SyncPair, *, state: str = "", reason: str = "", report: Report | None = None) -> dict[str, Any]:
    """The payload of a trigger; every field is always there."""
    counts = report.counts if report else {}
    said = {
        "pair": pair.name,
        "source": pair.source,
        "destination": pair.destination,
        "state": report.state if report else state,
        "reason": report.reason if report else reason,
        "lag_seconds": round(report.lag, 3) if report else 0.0,
        "source_keys": counts.get("source_keys", 0),
        "written": counts.get("written", 0),
        "deleted": counts.get("deleted", 0),
        "left_different": len(report.differences) if report else 0,
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "event_id": uuid.uuid4().hex,
    }
    inner: dict[str, Any] = inert(said)
    return inner
