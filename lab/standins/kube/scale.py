"""The scale subresource: replicas read and written without the rest."""

from __future__ import annotations

import json

from lab.standins.request import Request

from . import changing, patches, reading
from .cluster import Cluster, User
from .errors import Json, bad_request, method_not_allowed
from .kinds import Kind
from .options import WriteOptions
from .store import encode


def answer(cluster: Cluster, kind: Kind, namespace: str, name: str, request: Request, user: User) -> bytes:
    """Read or change an object's scale; returns a Scale as JSON.

    Raises:
        ApiError: 400, 404, 405 or 409.
    """
    if request.method == "GET":
        return encode(_scale(reading.stored(cluster, kind, namespace, name).object))
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise bad_request(f"no JSON: {error}") from None
    if request.method == "PUT":
        wanted = body
    elif request.method == "PATCH":
        current = _scale(reading.stored(cluster, kind, namespace, name).object)
        content_type = request.headers.get("content-type", "").split(";")[0].strip()
        wanted = patches.transform_of(kind, content_type, body)(current)
    else:
        raise method_not_allowed()

    def transform(current: Json) -> Json:
        current.setdefault("spec", {})["replicas"] = (wanted.get("spec") or {}).get("replicas", 0)
        asked = (wanted.get("metadata") or {}).get("resourceVersion")
        if asked:
            current["metadata"]["resourceVersion"] = asked
        return current

    options = WriteOptions.of(request.query, request.headers)
    done = changing.change(cluster, kind, namespace, name, transform, options, user)
    return encode(_scale(done.value))


def _scale(value: Json) -> Json:
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    replicas = (value.get("spec") or {}).get("replicas", 0)
    selector = ((value.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: value["metadata"][name] for name in kept if name in value["metadata"]},
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": (value.get("status") or {}).get("replicas", 0),
            "selector": ",".join(f"{key}={part}" for key, part in selector.items()),
        },
    }
