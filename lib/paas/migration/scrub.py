"""What a cluster adds to an object, taken off again: what is left is what somebody meant.

The same function cleans both sides, so that a comparison sees only what a person, or an application, chose.
"""

from __future__ import annotations

from collections.abc import Collection

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.marks import MIGRATED

#: Written by the API server alone.
SERVER_METADATA = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
    "clusterName",
)
#: Written by controllers, or by us.
CONTROLLER_ANNOTATIONS = ("deployment.kubernetes.io/revision", MIGRATED)


def scrub(obj: Json, *, kind: Kind, facts: Facts, keep_finalizers: Collection[str] = ()) -> list[Json]:
    """Clean an object in place; scrubbing twice is scrubbing once.

    Args:
        obj: The object as its cluster's API gave it; managedFields and last-applied are read before they go.
        kind: The rules of its kind.
        facts: What else is known of its cluster.
        keep_finalizers: Finalizers that something on the other side removes; all others would never go.

    Returns:
        The owner references that were taken off: their uids mean nothing elsewhere.
    """
    kind.scrub(obj, facts)
    obj.pop("status", None)
    metadata = obj["metadata"]
    for field in SERVER_METADATA:
        metadata.pop(field, None)
    if metadata.get("name"):
        metadata.pop("generateName", None)
    kept = [each for each in metadata.pop("finalizers", None) or () if each in keep_finalizers]
    if kept:
        metadata["finalizers"] = kept
    owners: list[Json] = metadata.pop("ownerReferences", None) or []
    annotations = metadata.get("annotations")
    if annotations:
        for name in CONTROLLER_ANNOTATIONS:
            annotations.pop(name, None)
    for field in ("annotations", "labels"):
        if not metadata.get(field):
            metadata.pop(field, None)
    return owners
