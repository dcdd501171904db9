"""Events as triggers carry them: plain JSON, and nothing that must not leave the sensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas.kube.watching import Event, Source

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SHOWN = {"apiVersion", "kind", "metadata", "spec", "status"}
#: What a Secret holds; its keys are told, its values never.
_SECRET = {"data", "stringData"}


def third_party(event: Event, source: Source) -> dict[str, Any]:
    """The payload of `kubernetes.thirdpartyobject`."""
    item = event.object or {}
    metadata = item.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    return {
        "cluster": source.cluster,
        "resource": event.type,
        "object_kind": item.get("kind") or source.kind,
        "api_version": item.get("apiVersion") or source.api_version,
        "name": event.key[1],
        "namespace": event.key[0],
        "uid": event.seen.uid,
        "labels": dict(event.seen.labels),
        # kubectl's copy of the object repeats everything, a Secret's data included.
        "annotations": {name: value for name, value in annotations.items() if name != LAST_APPLIED},
        "spec": _spec(item),
        "status": item.get("status") or {},
        "resource_version": event.seen.version,
        # Every field in every payload, and none of them null: a rule that compares null or misses a field fails.
        "generation": metadata.get("generation") or 0,
        "deletion_timestamp": metadata.get("deletionTimestamp") or "",
        "partial": event.object is None,
        "event_id": event.id,
    }


def resource(event: Event, source: Source) -> dict[str, Any]:
    """The payload of `kubernetes.resource_event`: the same, and the object's other fields under `fields`."""
    item = event.object or {}
    fields = {name: value for name, value in item.items() if name not in _SHOWN}
    if is_secret(item, source):
        keys = sorted({key for part in _SECRET for key in fields.get(part) or ()})
        fields = {name: value for name, value in fields.items() if name not in _SECRET} | {"data_keys": keys}
    return {**third_party(event, source), "plural": source.target.plural, "fields": fields}


def is_secret(item: Mapping[str, Any], source: Source) -> bool:
    """Whether an object's data must not leave the sensor."""
    target = source.target
    return (target.group == "" and target.plural == "secrets") or item.get("kind") == "Secret"


def _spec(item: Mapping[str, Any]) -> Any:
    spec = item.get("spec") or {}
    if item.get("kind") != "CustomResourceDefinition":
        return spec
    # The schemas of a CRD alone may take a megabyte; a trigger passes the message bus and the database.
    return {
        **{name: value for name, value in spec.items() if name != "validation"},
        "versions": [
            {name: value for name, value in version.items() if name != "schema"}
            for version in spec.get("versions") or ()
        ],
    }
