"""One migration at a time into a cluster: a Lease there, which also remembers the last run."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from paas.errors import Conflict, NotFound, PaasError, Refused
from paas.kube import Client
from paas.migration.json_types import Json
from paas.migration.marks import MANAGER
from paas.migration.reading import one
from paas.migration.retrying import Retry

#: Where the lock and the journal are: a namespace that every cluster has and that is never migrated.
NAMESPACE = "kube-system"
NAME = "paas-migration"
RECORD = "paas.internal/run"
_COLLECTION = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
_PATH = f"{_COLLECTION}/{NAME}"
_ATTEMPTS = 5
#: A holder that has been silent for so many of its lease's durations is dead on any clock.
_LONG_DEAD = 20


State = Literal["running", "finished", "undone"]


class LeaseLost(PaasError):
    """Another run has taken the lock over; nothing more is written."""


@dataclass(frozen=True)
class Record:
    """What the Lease remembers of the last run.

    Attributes:
        run: Its name.
        request: Digest of what was asked for.
        source: The source's name.
        started: When, UTC.
        state: `running` until it has ended well; one that is found so has died or failed, and can be resumed.
    """

    run: str
    request: str
    source: str
    started: str
    state: State = "running"


def new_run() -> str:
    """A run's name: when it began, and four letters."""
    when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d-%H%M%S")
    return f"{when}-{''.join(secrets.choice('abcdefghijkmnpqrstuvwxyz23456789') for _ in range(4))}"


def last_run(client: Client) -> Record | None:
    """The last run into a cluster, None where there was none; only read."""
    found = one(client, _PATH, Retry())
    return _record(found) if found else None


def _record(lease: Json) -> Record | None:
    text = (lease["metadata"].get("annotations") or {}).get(RECORD)
    try:
        return Record(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


class Lease:
    """The lock, held from `acquire` to `release` and renewed in between by a thread of its own.

    Args:
        client: The destination.
        record: The run that takes it.
        retry: For calls that meet a busy server.
        seconds: After how long without renewal others may take it over.
        say: Told while it waits for a holder that may have died.
    """

    def __init__(
        self,
        client: Client,
        record: Record,
        *,
        retry: Retry,
        seconds: int,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._client = client
        self._record = record
        self._retry = retry
        self._seconds = seconds
        self._say = say
        self._me = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        self._held = False
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._renewer: threading.Thread | None = None

    def acquire(self) -> None:
        """Take the lock; one that a dead run left is taken over after its time.

        Raises:
            Refused: Another migration is running.
        """
        for _ in range(_ATTEMPTS):
            lease = self._read()
            if lease is not None:
                self._await_dead_holder(lease)
                lease = self._read()
            with contextlib.suppress(Conflict):
                self._write(lease)
                self._held = True
                self._renewer = threading.Thread(target=self._renew, name="lease", daemon=True)
                self._renewer.start()
                return
        raise Refused(f"Kubernetes {self._client.cluster}: several migrations begin at once; try again")

    def check(self) -> None:
        """Call before each write.

        Raises:
            LeaseLost: It is not held any more.
        """
        if self._lost.is_set():
            raise LeaseLost(
                f"Kubernetes {self._client.cluster}: the Lease {NAMESPACE}/{NAME} could not be kept; "
                "run the same command again, it goes on where this one stopped"
            )

    def release(self, state: State) -> None:
        """Give the lock back; `running` says that the run has not done all. Twice is once."""
        self._stop()
        if not self._held or self._lost.is_set():
            return
        self._held = False
        lease = self._read()
        if lease is None or (lease.get("spec") or {}).get("holderIdentity") != self._me:
            return
        self._record = replace(self._record, state=state)
        with contextlib.suppress(Conflict):
            self._write(lease, holder="")

    def remove(self) -> None:
        """Give the lock back and take the Lease away, where it remembers this run alone."""
        self._stop()
        lease = self._read()
        if lease is not None and (lease.get("spec") or {}).get("holderIdentity") == self._me:
            metadata = lease["metadata"]
            with contextlib.suppress(Conflict, NotFound):
                self._client.delete(
                    _PATH, preconditions={"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
                )
        self._held = False

    def _stop(self) -> None:
        self._ended.set()
        if self._renewer is not None:
            self._renewer.join(self._seconds)

    def _read(self) -> Json | None:
        return one(self._client, _PATH, self._retry)

    def _await_dead_holder(self, lease: Json) -> None:
        """Wait until a holder was silent for its whole time, on this machine's clock; a living one is a refusal."""
        spec = lease.get("spec") or {}
        holder = spec.get("holderIdentity")
        if not holder or _silent_for(spec) > _LONG_DEAD * self._seconds:
            return
        patience = float(spec.get("leaseDurationSeconds") or self._seconds) + 0.5
        self._say(f"the lock is held by {holder}; waiting up to {patience:.0f} s to see whether it lives")
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            time.sleep(min(0.5, patience))
            now = self._read()
            if now is None or not (now.get("spec") or {}).get("holderIdentity"):
                return
            if now["metadata"]["resourceVersion"] != lease["metadata"]["resourceVersion"]:
                record = _record(now)
                raise Refused(
                    f"Kubernetes {self._client.cluster}: migration {record.run if record else '?'} is running, held by "
                    f"{holder}; one at a time goes into a cluster"
                )

    def _write(self, lease: Json | None, *, holder: str | None = None) -> None:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body: Json = lease or {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
        }
        spec = body.setdefault("spec", {})
        spec["holderIdentity"] = self._me if holder is None else holder
        spec["leaseDurationSeconds"] = self._seconds
        spec["renewTime"] = now
        metadata = body["metadata"]
        metadata["annotations"] = {**(metadata.get("annotations") or {}), RECORD: json.dumps(asdict(self._record))}
        if lease is None:
            self._client.create(_COLLECTION, body, field_manager=MANAGER)
        else:
            self._client.replace(_PATH, body, field_manager=MANAGER)

    def _renew(self) -> None:
        good = time.monotonic()
        while not self._ended.wait(self._seconds / 3):
            try:
                lease = self._client.get(_PATH, timeout=self._seconds / 3)
                if (lease.get("spec") or {}).get("holderIdentity") != self._me:
                    break
                self._write(lease)
                good = time.monotonic()
            except PaasError:
                if time.monotonic() - good > self._seconds * 2 / 3:
                    break
        if not self._ended.is_set():
            self._lost.set()


def _silent_for(spec: Json) -> float:
    try:
        renewed = datetime.datetime.strptime(str(spec.get("renewTime")), "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return 0.0
    return (
        datetime.datetime.now(datetime.timezone.utc) - renewed.replace(tzinfo=datetime.timezone.utc)
    ).total_seconds()
