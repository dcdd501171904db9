"""What later steps wait for: definitions that are served, services that have endpoints, namespaces that have ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import quote

from paas.errors import NotFound
from paas.kube import Client
from paas.migration.json_types import Json
from paas.migration.reading import Reader, one
from paas.migration.retrying import Retry, Stopped
from paas.migration.services import services_of

_T = TypeVar("_T")
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_FIRST_LOOK, _LONGEST_PAUSE = 0.05, 1.0


class Waiting:
    """Bounded waits on one cluster.

    Args:
        client: The cluster.
        retry: For calls that meet a busy server.
        stop: Ends every wait.
        seconds: How long one wait may take.
    """

    def __init__(self, client: Client, *, retry: Retry, stop: threading.Event, seconds: float) -> None:
        self._client = client
        self._retry = retry
        self._stop = stop
        self._seconds = seconds
        self._services_until: float | None = None
        self._lock = threading.Lock()

    def definitions(self, names: Iterable[str]) -> dict[str, str]:
        """Wait until CRDs are served.

        Returns:
            Those that are not, each with the server's words why.
        """
        pending = set(names)
        words: dict[str, str] = {}

        def look() -> bool:
            reader = Reader(self._client, self._retry)
            for page in reader.pages(_DEFINITIONS):
                for crd in page:
                    name = crd["metadata"]["name"]
                    if name in pending:
                        problem = not_served(crd)
                        if problem is None:
                            pending.discard(name)
                        else:
                            words[name] = problem
            return not pending

        if pending:
            self._until(look, self._seconds)
        return {name: words.get(name, "it is gone again") for name in sorted(pending)}

    def gone(self, path: str, uid: str) -> bool:
        """Wait until an object that is being deleted is gone."""

        def look() -> bool:
            found = self.read(path)
            return found is None or found["metadata"].get("uid") != uid

        return self._until(look, self._seconds)

    def services(self, obj: Json) -> str | None:
        """Wait until the services that a webhook or an APIService calls have endpoints.

        All such waits of a run share one bound, for they wait for the same rollout.

        Returns:
            What is still missing; None where nothing is.
        """
        with self._lock:
            if self._services_until is None:
                self._services_until = time.monotonic() + self._seconds
            until = self._services_until
        for namespace, name in sorted(set(services_of(obj))):
            problem = ""

            def look(namespace: str = namespace, name: str = name) -> bool:
                nonlocal problem
                problem = self._unready(namespace, name)
                return not problem

            if not self._until(look, until - time.monotonic()):
                return problem
        return None

    def read(self, path: str) -> Json | None:
        """An object, None where it is not there."""
        return one(self._client, path, self._retry)

    def _unready(self, namespace: str, name: str) -> str:
        base = f"/api/v1/namespaces/{quote(namespace, safe='')}"
        service = self.read(f"{base}/services/{quote(name, safe='')}")
        if service is None:
            return f"Service {namespace}/{name} is not there"
        if service["spec"].get("type") == "ExternalName":
            return ""
        endpoints = self.read(f"{base}/endpoints/{quote(name, safe='')}") or {}
        if any(subset.get("addresses") for subset in endpoints.get("subsets") or ()):
            return ""
        slices = f"/apis/discovery.k8s.io/v1/namespaces/{quote(namespace, safe='')}/endpointslices"
        try:
            found = list(self._client.list(slices, label_selector=f"kubernetes.io/service-name={name}"))
        except NotFound:
            found = []
        if any(_is_ready(endpoint) for each in found for endpoint in each.get("endpoints") or ()):
            return ""
        return f"Service {namespace}/{name} has no ready endpoint"

    def _until(self, look: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        pause = _FIRST_LOOK
        while not look():
            if time.monotonic() >= deadline:
                return False
            if self._stop.wait(min(pause, max(0.0, deadline - time.monotonic()))):
                raise Stopped("stopped while waiting")
            pause = min(_LONGEST_PAUSE, pause * 1.5)
        return True


def not_served(crd: Json) -> str | None:
    """Why a CRD's objects cannot be created yet; None where they can."""
    found = {each.get("type"): each for each in (crd.get("status") or {}).get("conditions") or ()}
    for wanted in ("NamesAccepted", "Established"):
        condition = found.get(wanted) or {}
        if condition.get("status") != "True":
            return f"{wanted} is {condition.get('status', 'not said')}: {condition.get('message', 'no message')}"
    return None


def _is_ready(endpoint: Json) -> bool:
    return bool(endpoint.get("addresses")) and (endpoint.get("conditions") or {}).get("ready") is not False
