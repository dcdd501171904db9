"""What the controller manager does and the stand-in needs: CRDs, namespaces, owners' garbage, token Secrets.

One thread reads the store's events from a queue; whatever fails is tried again for a bounded time, since a write in
between may have been overtaken.
"""

from __future__ import annotations

import base64
import queue
import sys
import threading
import time
import traceback

from . import crds, deleting, garbage, namespaces, protection, quotas, third_party
from .authentication import Tokens
from .cluster import Cluster
from .errors import ApiError, Json
from .rules.core import SERVICE_ACCOUNT_TOKEN
from .store import Event, Stored

QUEUE_LIMIT = 2_000_000


class Controllers:
    """The thread, its queue and what each event means.

    Args:
        cluster: The cluster.
        tokens: Where a token Secret's token is issued.
    """

    def __init__(self, cluster: Cluster, tokens: Tokens) -> None:
        self.cluster = cluster
        self.tokens = tokens
        self.garbage = garbage.Collector(cluster)
        self._queue: queue.Queue[tuple[str, Event]] = queue.Queue(QUEUE_LIMIT)
        self._later: list[tuple[float, str]] = []  # definitions to establish: when, name

    def start(self) -> None:
        """Watch the store from now on."""
        self.cluster.store.listeners.append(self._heard)
        threading.Thread(target=self._run, name="controllers", daemon=True).start()

    def resume(self, restored: list[tuple[str, Stored]]) -> None:
        """Go on where a server before this one ended: serve its custom kinds, and look at all it stored."""
        for table, stored in restored:
            if table == crds.TABLE:
                crds.establish(self.cluster, stored.key)
            elif table == third_party.TABLE:
                third_party.handle(self.cluster, Event("ADDED", stored.version, stored, None))
        for table, stored in restored:
            going = stored.object["metadata"].get("deletionTimestamp")
            self._heard(table, Event("MODIFIED" if going else "ADDED", stored.version, stored, None))

    def _heard(self, table: str, event: Event) -> None:
        self._queue.put_nowait((table, event))

    def _run(self) -> None:
        while not self.cluster.stopping.is_set():
            wait = 0.5 if not self._later else max(0.0, min(0.5, self._later[0][0] - time.monotonic()))
            try:
                table, event = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
            except queue.Empty:
                pass
            else:
                self._guarded(table, event)
            while self._later and self._later[0][0] <= time.monotonic():
                crds.establish(self.cluster, self._later.pop(0)[1])

    def _guarded(self, table: str, event: Event) -> None:
        for _ in range(3):
            try:
                self._handle(table, event)
            except ApiError:
                continue
            except Exception:  # noqa: BLE001 - a mistake must show, and not end the thread
                traceback.print_exc(file=sys.stderr)
            return

    def _handle(self, table: str, event: Event) -> None:
        value = event.now.object
        if table == crds.TABLE:
            self._definition(event, value)
        elif table == third_party.TABLE:
            third_party.handle(self.cluster, event)
        if event.type == "DELETED":
            crds.clean_up_after(self.cluster, table)
        if not self.cluster.settings.controllers:
            return
        if table == "/namespaces":
            if event.type == "ADDED":
                namespaces.furnish(self.cluster, value)
            elif event.type == "MODIFIED" and value["metadata"].get("deletionTimestamp"):
                namespaces.empty(self.cluster, value["metadata"]["name"])
        elif table == "/secrets" and event.type == "ADDED" and value.get("type") == SERVICE_ACCOUNT_TOKEN:
            self._fill_token(value)
        elif table == "/pods" and value["metadata"].get("deletionGracePeriodSeconds"):
            self._end_pod(event.now.key)
        elif table in ("/persistentvolumeclaims", "/persistentvolumes") and value["metadata"].get("deletionTimestamp"):
            protection.release(self.cluster, table, event.now.key)
        self.garbage.handle(table, event)
        if event.type != "MODIFIED" or table == "/resourcequotas":
            quotas.recount(self.cluster, value["metadata"].get("namespace", ""))
        if event.type == "DELETED":
            namespaces.maybe_empty(self.cluster, value["metadata"].get("namespace", ""))

    def _definition(self, event: Event, value: Json) -> None:
        name = value["metadata"]["name"]
        if event.type == "DELETED":
            crds.withdraw(self.cluster, value)
        elif value["metadata"].get("deletionTimestamp"):
            crds.clean_up(self.cluster, name)
        elif event.type == "ADDED" or not event.before or event.before.object["spec"] != value["spec"]:
            self._later.append((time.monotonic() + self.cluster.settings.establish_delay, name))
            self._later.sort()

    def _end_pod(self, key: str) -> None:
        """Nothing runs here: what a node would stop within its grace period has stopped."""
        kind = self.cluster.kinds.find("", "v1", "pods")
        namespace, _, name = key.partition("/")
        if kind is not None:
            deleting.delete(self.cluster, kind, namespace, name, {"gracePeriodSeconds": 0})

    def _fill_token(self, secret: Json) -> None:
        """Put a token, the authority and the namespace into a Secret made for a ServiceAccount."""
        metadata = secret["metadata"]
        namespace = metadata["namespace"]
        annotations = metadata.get("annotations") or {}
        account = self.cluster.get(
            "", "serviceaccounts", annotations.get("kubernetes.io/service-account.name", ""), namespace
        )
        if account is None or "token" in (secret.get("data") or {}):
            return
        account_name, uid = account["metadata"]["name"], account["metadata"]["uid"]
        token = self.tokens.issue(namespace, account_name, uid)
        data = {**(secret.get("data") or {})}
        for name, text in (("token", token), ("ca.crt", self.cluster.ca), ("namespace", namespace)):
            data.setdefault(name, base64.b64encode(text.encode()).decode())
        with self.cluster.store.lock:
            stored = self.cluster.store.get("/secrets", f"{namespace}/{metadata['name']}")
            if stored is None or stored.object["metadata"]["uid"] != metadata["uid"]:
                return
            annotations = {**annotations, "kubernetes.io/service-account.uid": uid}
            updated = {**stored.object["metadata"], "annotations": annotations}
            self.cluster.store.put("/secrets", stored.key, {**stored.object, "metadata": updated, "data": data})
