"""Two clusters that exist only as answers, with as many objects as wanted: `python endless.py COUNT FILLED FOLDER`.

Prints the peak memory of a migration between them, in MB, and what it did.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.memory import peak_mb
from paas import kube, migration
from paas.errors import NotFound
from paas.kube.transport import Answer

_VERBS = ["get", "list", "create", "update", "patch", "delete"]
_RESOURCES = [
    {"name": "namespaces", "kind": "Namespace", "namespaced": False, "verbs": _VERBS},
    {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": _VERBS},
]
_VALUE = "value " * 100


class Endless:
    """An API server's answers.

    Args:
        cluster: Whose.
        count: How many ConfigMaps it has.
        uid: Its identity.
    """

    def __init__(self, cluster: str, count: int, uid: str) -> None:
        self._cluster = cluster
        self._count = count
        self._uid = uid
        self.created = 0

    def request(self, method: str, path: str, *, params: Any = None, body: bytes | None = None, **_: Any) -> Answer:
        path = path.partition("?")[0]
        if method == "POST":
            return self._create(path)
        if method == "PUT":
            return _json(json.loads(body or b"{}"))
        return self._get(path, params or {})

    def lane(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is open."""

    def _create(self, path: str) -> Answer:
        if "accessreviews" in path:
            return _json({"status": {"allowed": True}})
        if "leases" not in path:
            self.created += 1
        return _json({}, 201)

    def _get(self, path: str, params: dict[str, Any]) -> Answer:
        if path == "/api":
            return _json({"versions": ["v1"]})
        if path == "/apis":
            return _json({"groups": []})
        if path == "/api/v1":
            return _json({"resources": _RESOURCES})
        if path == "/api/v1/namespaces/kube-system":
            return _json({"metadata": {"name": "kube-system", "uid": self._uid}})
        if path == "/api/v1/namespaces":
            return _json({"kind": "NamespaceList", "apiVersion": "v1", "items": [{"metadata": {"name": "many"}}]})
        if path == "/api/v1/configmaps":
            return self._page(int(params.get("continue") or 0), int(params.get("limit") or self._count))
        return _json({"kind": "Status", "reason": "NotFound", "code": 404, "message": "not found"}, 404)

    def _page(self, start: int, limit: int) -> Answer:
        end = min(self._count, start + limit)
        items = [
            {
                "metadata": {"name": f"c{number:06}", "namespace": "many", "uid": f"u{number}", "resourceVersion": "1"},
                "data": {"key": _VALUE, "number": str(number)},
            }
            for number in range(start, end)
        ]
        metadata = {"continue": str(end), "remainingItemCount": self._count - end} if end < self._count else {}
        return _json({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items})


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(value).encode())


def main() -> None:
    count, filled, folder = int(sys.argv[1]), sys.argv[2] == "filled", sys.argv[3]
    doors = Endless("paasA", count, "a"), Endless("paasB", count if filled else 0, "b")
    source, destination = (kube.Client(name, door) for name, door in zip(("paasA", "paasB"), doors, strict=True))
    try:
        result = migration.migrate(source, destination, compare=filled, report_folder=folder, say=lambda line: None)
    except (migration.Incomplete, NotFound) as error:
        raise SystemExit(str(error)) from error
    print(json.dumps({"peak_mb": peak_mb(), "outcomes": result["outcomes"], "created": doors[1].created}))


if __name__ == "__main__":
    main()
