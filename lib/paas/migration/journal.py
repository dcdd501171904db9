"""What was on the destination before it was overwritten, merged or deleted, kept there in Secrets for undo."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from paas.errors import Conflict, NotFound, PaasError
from paas.kube import Client
from paas.migration.json_types import Json
from paas.migration.lease import NAMESPACE
from paas.migration.marks import MANAGER
from paas.migration.retrying import Retry

RUN_LABEL = "paas.internal/run"
_COLLECTION = f"/api/v1/namespaces/{NAMESPACE}/secrets"
#: The server takes a Secret of up to 1 MiB of values.
_SHARD_BYTES = 700_000
_LARGEST = 900_000


class TooLarge(PaasError):
    """An object that does not fit into a Secret even when packed; it is not overwritten."""


@dataclass(frozen=True)
class Original:
    """One object as it was.

    Attributes:
        path: Its path on the API server.
        body: The whole object, resourceVersion and all.
    """

    path: str
    body: Json


class Journal:
    """The originals of one run; usable from many threads.

    Args:
        client: The destination.
        run: The run's name.
        retry: For calls that meet a busy server.
    """

    def __init__(self, client: Client, run: str, *, retry: Retry) -> None:
        self._client = client
        self._run = run
        self._retry = retry
        self._lock = threading.Lock()
        self._known: dict[str, str] | None = None  # entry to shard
        self._sizes: dict[str, int] = {}

    def keep(self, path: str, body: Json) -> None:
        """Write an original down, once: a run that is resumed keeps what was there at first.

        Raises:
            TooLarge: It cannot be kept.
        """
        entry = hashlib.sha256(path.encode()).hexdigest()[:40]
        packed = base64.b64encode(gzip.compress(json.dumps({"path": path, "body": body}).encode(), mtime=0)).decode()
        if len(packed) > _LARGEST:
            raise TooLarge(f"{path} takes {len(packed)} bytes in the journal, which holds {_LARGEST}")
        with self._lock:
            if entry in self._entries():
                return
            shard = next((name for name, size in self._sizes.items() if size + len(packed) <= _SHARD_BYTES), None)
            if shard is None:
                shard = self._open_shard()
            self._retry(
                lambda: self._client.patch(f"{_COLLECTION}/{shard}", {"data": {entry: packed}}, field_manager=MANAGER)
            )
            self._entries()[entry] = shard
            self._sizes[shard] += len(packed)

    def originals(self) -> Iterator[Original]:
        """What was there before, one by one."""
        for shard in self._shards():
            for packed in (shard.get("data") or {}).values():
                kept = json.loads(gzip.decompress(base64.b64decode(packed)))
                yield Original(kept["path"], kept["body"])

    def remove(self) -> None:
        """Take the journal away, once everything in it is back."""
        for shard in self._shards():
            metadata = shard["metadata"]
            path = f"{_COLLECTION}/{quote(metadata['name'], safe='')}"
            try:
                self._client.delete(path, preconditions={"uid": metadata["uid"]})
            except NotFound:
                continue

    def _entries(self) -> dict[str, str]:
        if self._known is None:
            self._known = {}
            for shard in self._shards():
                name, data = shard["metadata"]["name"], shard.get("data") or {}
                self._sizes[name] = sum(len(value) for value in data.values())
                self._known.update(dict.fromkeys(data, name))
        return self._known

    def _shards(self) -> list[Json]:
        return self._retry(
            lambda: list(self._client.list(_COLLECTION, label_selector=f"{RUN_LABEL}={self._run}", limit=10))
        )

    def _open_shard(self) -> str:
        name = f"paas-migration-{self._run}-{len(self._sizes)}"
        body: Json = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "paas.internal/journal",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {RUN_LABEL: self._run}},
        }

        def create() -> None:
            try:
                self._client.create(_COLLECTION, body, field_manager=MANAGER)
            except Conflict:  # an answer that was lost
                return

        self._retry(create)
        self._sizes[name] = 0
        return name
