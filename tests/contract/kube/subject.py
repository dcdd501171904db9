"""An API server under test, asked over HTTP and known by nothing else."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

PATIENCE = 40.0  # seconds until what must come true has failed
_NUMBERS = itertools.count(1)


@dataclass
class Answer:
    """What a server said: the status, the body (JSON where it is) and the headers."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def words(self) -> str:
        return self.body["message"]

    @property
    def reason(self) -> str:
        return self.body.get("reason", "")

    @property
    def causes(self) -> set[tuple[str, str, str]]:
        """(field, reason, message) of each cause; the server lists them in no order."""
        return {(one["field"], one["reason"], one["message"]) for one in self.body["details"]["causes"]}

    @property
    def version(self) -> str:
        return self.body["metadata"]["resourceVersion"]

    @property
    def uid(self) -> str:
        return self.body["metadata"]["uid"]

    @property
    def names(self) -> list[str]:
        return [item["metadata"]["name"] for item in self.body["items"]]


@dataclass
class Stream:
    """A watch that runs: its events, in order, as they come."""

    response: http.client.HTTPResponse
    events: list[dict] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    clean: bool = False

    def read(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            pending = b""
            while data := self.response.read1(65_536):  # readline() takes a cut stream for a clean end
                *lines, pending = (pending + data).split(b"\n")
                self.events += [json.loads(line) for line in lines]
            self.clean = pending == b""
        self.ended.set()

    @property
    def seen(self) -> list[tuple[str, str]]:
        """(type, name) of each event, bookmarks apart."""
        return [(one["type"], one["object"]["metadata"]["name"]) for one in self.events if one["type"] != "BOOKMARK"]

    def wait_for(self, count: int) -> list[tuple[str, str]]:
        eventually(lambda: len(self.seen) >= count or self.ended.is_set())
        return self.seen


class Kube:
    """One server.

    `compact` makes it forget its history; `kind` says which server it is.
    """

    def __init__(self, kind: str, url: str, token: str, ca_file: str, compact: Callable[[], Any]) -> None:
        self.kind, self.url, self.token, self.ca_file, self.compact = kind, url, token, ca_file, compact
        self._session = self._connect()

    def _connect(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # REQUESTS_CA_BUNDLE would override `verify`
        session.verify = self.ca_file
        session.headers["User-Agent"] = "contract/1"
        return session

    def ask(
        self, method: str, path: str, body: Any = None, *, type_: str = "", user: str = "", token: Any = True,
        accept: str = "application/json", **query
    ):  # fmt: skip
        """Ask; `user` impersonates, `token` is another one or None for none."""
        headers = {"Accept": accept}
        if token:
            headers["Authorization"] = f"Bearer {self.token if token is True else token}"
        if user:
            headers["Impersonate-User"] = user
        data = None
        if body is not None:
            headers["Content-Type"] = type_ or "application/json"
            data = body if isinstance(body, str) else json.dumps(body)
        found = self._session.request(method, self.url + path, params=query, data=data, headers=headers, timeout=60)
        try:
            parsed = found.json()
        except ValueError:
            parsed = found.text
        return Answer(found.status_code, parsed, dict(found.headers))

    def get(self, path: str, **more) -> Answer:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any, **more) -> Answer:
        return self.ask("POST", path, body, **more)

    def put(self, path: str, body: Any, **more) -> Answer:
        return self.ask("PUT", path, body, **more)

    def patch(self, path: str, body: Any, type_: str = MERGE, **more) -> Answer:
        return self.ask("PATCH", path, body, type_=type_, **more)

    def delete(self, path: str, body: Any = None, **more) -> Answer:
        return self.ask("DELETE", path, body, **more)

    def version(self, path: str) -> str:
        """The version a collection is at."""
        return self.get(path, limit=1).version

    @contextlib.contextmanager
    def watching(self, path: str, **query) -> Iterator[Stream]:
        """A watch on a connection of its own, read by a thread until the block ends."""
        address = urlsplit(self.url)
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = http.client.HTTPSConnection(address.hostname, address.port, context=context, timeout=70)
        query = urlencode({"watch": "1", "timeoutSeconds": "60", **query})
        connection.request("GET", f"{path}?{query}", headers={"Authorization": f"Bearer {self.token}"})
        plain = connection.sock
        response = connection.getresponse()
        assert response.status == 200, response.read()
        stream = Stream(response)
        reader = threading.Thread(target=stream.read, daemon=True)
        reader.start()
        try:
            yield stream
        finally:
            with contextlib.suppress(OSError):
                plain.shutdown(socket.SHUT_RDWR)  # wakes the reader, which close() would wait for
            reader.join(10)
            connection.close()

    def watched(self, path: str, **query) -> list[dict]:
        """All events of a watch that ends by itself within a second."""
        with self.watching(path, **{"timeoutSeconds": "1", **query}) as stream:
            assert stream.ended.wait(30)
            return stream.events


def eventually(holds: Callable[[], Any]) -> Any:
    """What `holds` returns once it is true; fails when that takes too long."""
    seconds = PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not come true within {seconds:.0f} s"
        time.sleep(0.02)


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{next(_NUMBERS)}"


def config_map(name: str, data: dict | None = None, **metadata) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {}}


def pod_template(name: str, **metadata) -> dict:
    container = {"name": "c", "image": "i"}
    template = {"metadata": {}, "spec": {"containers": [container]}}
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": name, **metadata}, "template": template}


SPEC = {
    "type": "object",
    "required": ["engine"],
    "properties": {
        "engine": {"type": "string", "enum": ["mysql", "postgres"]},
        "size": {"type": "integer", "minimum": 5, "maximum": 100, "default": 20},
        "label": {"type": "string", "minLength": 3, "maxLength": 6, "pattern": "^[a-z]+$"},
        "tags": {"type": "array", "maxItems": 2, "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "users": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "role": {"type": "string", "default": "reader"}},
            },
        },
        "port": {"x-kubernetes-int-or-string": True},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "note": {"type": "string", "nullable": True},
        "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "since": {"type": "string", "format": "date-time"},
        "map": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string"}},
        "any": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
    },
}
STATUS = {"type": "object", "properties": {"phase": {"type": "string"}, "observedGeneration": {"type": "integer"}}}


def definition(group: str, *, plural: str = "widgets", kind: str = "Widget", **version) -> dict:
    """A CRD with one version v1, a status and SPEC."""
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": schema,
                    **version,
                }
            ],
        },
    }


def conditions(value: dict) -> dict[str, tuple[str, str]]:
    """Type of each condition to its status and reason."""
    return {one["type"]: (one["status"], one["reason"]) for one in value.get("status", {}).get("conditions") or ()}


def define(kube: Kube, body: dict) -> str:
    """Create a CRD, wait until its objects can be written, and return the collection's path without a namespace."""
    assert kube.post(DEFINITIONS, body).status == 201
    name, spec = body["metadata"]["name"], body["spec"]
    eventually(lambda: conditions(kube.get(f"{DEFINITIONS}/{name}").body).get("Established", ("",))[0] == "True")
    path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    eventually(lambda: kube.get(path).status == 200)
    return path


@dataclass(frozen=True)
class Custom:
    """A custom kind in one namespace: `path` is its collection."""

    group: str
    path: str

    def widget(self, name: str, **spec) -> dict:
        spec = {"engine": "mysql", **spec}
        return {"apiVersion": f"{self.group}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}
