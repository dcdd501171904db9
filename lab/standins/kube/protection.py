"""Claims and volumes in use are not deleted: the finalizers that say so, and who lets go of them."""

from __future__ import annotations

from . import deleting
from .cluster import Cluster
from .errors import Json
from .rules.core import CLAIM_PROTECTION, VOLUME_PROTECTION


def release(cluster: Cluster, table: str, key: str) -> None:
    """Drop the protection of a claim or volume that is being deleted and that nothing uses."""
    kind = cluster.kinds.stored().get(table)
    with cluster.store.lock:
        stored = cluster.store.get(table, key)
        if kind is None or stored is None or _used(cluster, kind.plural, stored.object):
            return
        metadata = dict(stored.object["metadata"])
        before = metadata.get("finalizers") or []
        metadata["finalizers"] = [one for one in before if one not in (CLAIM_PROTECTION, VOLUME_PROTECTION)]
        if metadata["finalizers"] == before:
            return
        if not metadata["finalizers"]:
            del metadata["finalizers"]
        value = {**stored.object, "metadata": metadata}
        if not deleting.finish(cluster, kind, stored, value):
            cluster.store.put(table, key, value)


def _used(cluster: Cluster, plural: str, value: Json) -> bool:
    name = value["metadata"]["name"]
    if plural == "persistentvolumes":
        return bool((value.get("status") or {}).get("phase") == "Bound")
    for pod in cluster.all("", "pods", value["metadata"]["namespace"]):
        for volume in pod["spec"].get("volumes") or ():
            if (volume.get("persistentVolumeClaim") or {}).get("claimName") == name:
                return True
    return False
