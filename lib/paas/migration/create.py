"""Creating an object: one call where nothing is there yet, again where the server was busy, and a remedy or two."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from paas.errors import Conflict, NotFound, PaasError, ServerError, Unavailable
from paas.kube import Client
from paas.migration.gate import Gate
from paas.migration.json_types import Json
from paas.migration.marks import MANAGER
from paas.migration.options import Options
from paas.migration.prepare import Prepared
from paas.migration.retrying import ATTEMPTS, Retry
from paas.migration.words import words_of

#: The source's server has checked the fields; it checks them a second time only for warnings that nobody reads.
_QUERY = urlencode({"fieldManager": MANAGER, "fieldValidation": "Ignore"})
_PORT_TAKEN = re.compile(r"spec\.ports\[(\d+)\]\.nodePort.*?(?:already allocated|not in the valid range)")
_WEBHOOK_ATTEMPTS = 3
#: So many objects in a row that the server had no answer for: it is not the objects.
_TOO_MANY_UNANSWERED = 10


class GivenUp(PaasError):
    """The destination does not answer; the run ends, and can be resumed."""


@dataclass(frozen=True)
class Made:
    """What became of one creation.

    Attributes:
        outcome: `created`; `exists` where one of that name is there; `failed`.
        words: Why it failed.
        warning: What was changed so that it would go.
    """

    outcome: Literal["created", "exists", "failed"]
    words: str = ""
    warning: str = ""


class Creator:
    """Creates objects; usable from many threads.

    Args:
        client: The destination.
        gate: Passed before each write; None for dry runs, which the server checks and does not store.
        options: What was asked for.
        retry: For its waits.
    """

    def __init__(self, client: Client, *, gate: Gate | None, options: Options, retry: Retry) -> None:
        self._client = client
        self._gate = gate
        self._reassign = options.node_ports == "reassign"
        self._retry = retry
        self._paths: dict[tuple[str, str | None], str] = {}
        self._unanswered = 0
        self._lock = threading.Lock()
        self._own = threading.local()

    def create(self, item: Prepared) -> Made:
        """Create one object.

        Raises:
            GivenUp: The server has not answered for many objects in a row.
            PaasError: The gate is closed.
        """
        body, warnings = item.body, list[str]()
        while True:
            try:
                self._send(item, body)
                return Made("created", warning="; ".join(warnings))
            except Conflict as error:
                # Also the second try of a create whose answer was lost; whose it is, the mark tells.
                return Made("exists") if error.reason == "AlreadyExists" else Made("failed", self._words(item, error))
            except Unavailable as error:
                self._count_unanswered(error)
                return Made("failed", self._words(item, error))
            except ServerError as error:
                changed = self._remedy(item, body, error)
                if changed is None:
                    return Made("failed", self._words(item, error))
                body, warning = changed
                warnings.append(warning)

    def _send(self, item: Prepared, body: bytes) -> None:
        path = self._path(item)
        for attempt in range(1, ATTEMPTS + 1):
            if self._gate:
                self._gate.pass_through()
            try:
                self._lane()(path, body)
                self._unanswered = 0
                return
            except Unavailable as error:
                last = _WEBHOOK_ATTEMPTS if "failed calling webhook" in error.words else ATTEMPTS
                if attempt >= last:
                    raise
                self._retry.wait(attempt, error)
            except ServerError as error:
                if attempt == ATTEMPTS or not _passes(item, error):
                    raise
                self._retry.wait(attempt, error)

    def _lane(self) -> Callable[[str, bytes], None]:
        """Each worker has a connection of its own."""
        lane: Callable[[str, bytes], None] | None = getattr(self._own, "lane", None)
        if lane is None:
            lane = self._own.lane = self._client.creator()
        return lane

    def _path(self, item: Prepared) -> str:
        key = (item.route.label, item.namespace)
        path = self._paths.get(key)
        if path is None:
            dry = "" if self._gate else "&dryRun=All"
            path = self._paths[key] = f"{item.route.target.path(item.namespace)}?{_QUERY}{dry}"
        return path

    def _words(self, item: Prepared, error: ServerError) -> str:
        return words_of(error, item.route.target)

    def _count_unanswered(self, error: Unavailable) -> None:
        with self._lock:
            self._unanswered += 1
            if self._unanswered >= _TOO_MANY_UNANSWERED and "failed calling webhook" not in error.words:
                raise GivenUp(f"{error}; run the same command again, it goes on where this one stopped") from error

    def _remedy(self, item: Prepared, body: bytes, error: ServerError) -> tuple[bytes, str] | None:
        """Another body that the server may take, and what was changed; None where there is none."""
        if error.status != 422 or item.route.kind != "Service":
            return None
        service: Json = json.loads(body)
        spec = service["spec"]
        taken = _PORT_TAKEN.search(error.words)
        if taken and self._reassign:
            port = spec["ports"][int(taken[1])]
            if "nodePort" not in port:
                return None
            number = port.pop("nodePort")
            return _text(service), f"nodePort {number} was taken and is reassigned"
        if "ipFamil" in error.words and "ipFamilies" in spec:
            del spec["ipFamilies"]
            spec.pop("ipFamilyPolicy", None)
            return _text(service), "its IP families are not supported there; it got the destination's own"
        return None


def _passes(item: Prepared, error: ServerError) -> bool:
    """Whether an error is one of those that pass by themselves."""
    if isinstance(error, NotFound):
        # A definition of this run is served a moment after the server says that it is.
        return not item.route.here and "namespaces" not in error.words
    if isinstance(error, Conflict):
        return error.reason != "AlreadyExists"  # two creations met in one ResourceQuota
    # A namespace's default ServiceAccount comes a moment after it, by a controller.
    return error.status == 403 and "error looking up service account" in error.words


def _text(obj: Json) -> bytes:
    return json.dumps(obj, separators=(",", ":")).encode()
