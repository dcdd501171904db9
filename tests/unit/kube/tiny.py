"""A cluster in memory: discovery, lists, WatchList and live streams, without sockets."""

from __future__ import annotations

import itertools
import json
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from paas import kube
from paas.kube.transport import Answer, NoAnswer
from paas.kube.watching.identity import PATH as KUBE_SYSTEM

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
TPRS = "/apis/extensions/v1beta1/thirdpartyresources"
_END = b""


class TinyCluster:
    """One cluster. `serve` makes a collection exist, `unserve` ends it."""

    def __init__(self, name: str = "paasA", *, old: bool = False) -> None:
        self.name = name
        self.old = old
        self.uid = f"uid-of-{name}"
        self.down = False
        self.versions = itertools.count(100)
        self.collections: dict[str, dict[str, dict[str, Any]]] = {}
        self.kinds: dict[str, str] = {}
        self.streams: dict[str, list[queue.Queue[bytes]]] = {}
        self.asked: list[str] = []
        # A stream begins with what is there and goes on with all that comes after: nothing falls between.
        self._changing = threading.RLock()
        self.serve(TPRS if old else CRDS, "ThirdPartyResource" if old else "CustomResourceDefinition")

    @property
    def client(self) -> kube.Client:
        return kube.Client(self.name, self)

    def serve(self, path: str, kind: str) -> None:
        self.collections[path], self.kinds[path] = {}, kind

    def unserve(self, path: str) -> None:
        for name in list(self.collections[path]):
            self.delete(path, name)
        del self.collections[path]
        for stream in self.streams.pop(path, []):
            stream.put(_END)

    def put(self, path: str, name: str, *, uid: str = "", namespace: str = "", **content: Any) -> None:
        before = self.collections[path].get(name)
        metadata = {"name": name, "namespace": namespace, "uid": uid or f"uid-{name}", "resourceVersion": self._next()}
        metadata |= content.pop("metadata", {})
        item = {"kind": self.kinds[path], "apiVersion": _api_version(path), "metadata": metadata, **content}
        with self._changing:
            self.collections[path][name] = item
            self._send(path, "MODIFIED" if before else "ADDED", item)

    def delete(self, path: str, name: str) -> None:
        with self._changing:
            item = self.collections[path].pop(name)
            self._send(path, "DELETED", {**item, "metadata": {**item["metadata"], "resourceVersion": self._next()}})

    def define(self, group: str, plural: str, kind: str, version: str = "v1") -> str:
        """Create a CRD and serve its objects; the path of those."""
        path = f"/apis/{group}/{version}/{plural}"
        self.serve(path, kind)
        spec = {
            "group": group,
            "names": {"plural": plural, "kind": kind},
            "versions": [{"name": version, "served": True, "storage": True}],
        }
        status = {"conditions": [{"type": "Established", "status": "True"}]}
        self.put(CRDS, f"{plural}.{group}", spec=spec, status=status)
        return path

    def undefine(self, group: str, plural: str, version: str = "v1") -> None:
        self.unserve(f"/apis/{group}/{version}/{plural}")
        self.delete(CRDS, f"{plural}.{group}")

    # The transport.

    def request(self, method: str, path: str, **_: Any) -> Answer:
        self._up()
        self.asked.append(path)
        if path == KUBE_SYSTEM:
            return _json({"metadata": {"uid": self.uid}})
        if path == "/version":
            return _json({"major": "1", "minor": "7" if self.old else "36"})
        if path in ("/api", "/apis"):
            return _json(self._discovery(path))
        if path not in self.collections:
            return Answer(404, {"Content-Type": "text/plain"}, b"404 page not found")
        items = list(self.collections[path].values())
        return _json({"kind": "List", "metadata": {"resourceVersion": self._next()}, "items": items})

    def open(self, path: str, *, params: Mapping[str, Any], timeout: float) -> Any:
        self._up()
        self.asked.append(path)
        path = path.replace("/watch/", "/")
        stream: queue.Queue[bytes] = queue.Queue()
        if path not in self.collections:
            return _Opened(404, {"Content-Type": "text/plain"}, stream, b"404 page not found")
        with self._changing:
            if params.get("sendInitialEvents"):
                for item in self.collections[path].values():
                    stream.put(_line("ADDED", item))
                annotations = {"k8s.io/initial-events-end": "true"}
                stream.put(
                    _line("BOOKMARK", {"metadata": {"resourceVersion": self._next(), "annotations": annotations}})
                )
            self.streams.setdefault(path, []).append(stream)
        return _Opened(200, {}, stream)

    def close(self) -> None:
        pass

    def _up(self) -> None:
        if self.down:
            raise NoAnswer("[Errno 111] Connection refused")

    def _next(self) -> str:
        return str(next(self.versions))

    def _send(self, path: str, kind: str, item: Mapping[str, Any]) -> None:
        for stream in self.streams.get(path, []):
            stream.put(_line(kind, item))

    def _discovery(self, root: str) -> dict[str, Any]:
        groups: dict[str, list[Any]] = {}
        for path, kind in self.kinds.items():
            if path in self.collections and path.startswith(f"{root}/"):
                *_, group, version, plural = (
                    ["", *path.strip("/").split("/")[1:]] if root == "/api" else path.split("/")
                )
                resource = {"resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": []}
                groups.setdefault(group, []).append({"version": version, "resources": [resource]})
        items = [{"metadata": {"name": group}, "versions": versions} for group, versions in groups.items()]
        return {"kind": "APIGroupDiscoveryList", "items": items}


class _Opened:
    def __init__(self, status: int, headers: Mapping[str, str], stream: queue.Queue[bytes], body: bytes = b"") -> None:
        self.status, self.headers, self._stream, self._body = status, headers, stream, body

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._stream.get(timeout=30):
            yield piece

    def rest(self) -> bytes:
        return self._body

    def interrupt(self) -> None:
        self._stream.put(_END)

    def close(self) -> None:
        pass


def _line(kind: str, item: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


def _json(content: object) -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def _api_version(path: str) -> str:
    parts = path.split("/")
    return parts[2] if parts[1] == "api" else f"{parts[2]}/{parts[3]}"
