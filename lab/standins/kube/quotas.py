"""ResourceQuota of the simple kind: counts of objects. What Pods ask for is not added up."""

from __future__ import annotations

from .cluster import Cluster
from .errors import Json, forbidden
from .kinds import Kind

_SHORT = {
    ("", "Pod"): "pods", ("", "Service"): "services", ("", "Secret"): "secrets", ("", "ConfigMap"): "configmaps",
    ("", "PersistentVolumeClaim"): "persistentvolumeclaims", ("", "ResourceQuota"): "resourcequotas",
    ("", "ReplicationController"): "replicationcontrollers",
}  # fmt: skip


def counted_as(kind: Kind, value: Json) -> list[str]:
    """The quota resources that one object counts against."""
    names = [f"count/{kind.resource}"]
    if (kind.group, kind.kind) in _SHORT:
        names.append(_SHORT[kind.group, kind.kind])
    if (kind.group, kind.kind) == ("", "Service"):
        type_ = (value.get("spec") or {}).get("type")
        if type_ in ("NodePort", "LoadBalancer"):
            names.append("services.nodeports")
        if type_ == "LoadBalancer":
            names.append("services.loadbalancers")
    return names


def check(cluster: Cluster, kind: Kind, new: Json) -> None:
    """Refuse what would exceed a quota.

    Raises:
        ApiError: 403, in the server's words.
    """
    namespace = new["metadata"]["namespace"]
    for quota in cluster.all("", "resourcequotas", namespace):
        hard = (quota.get("spec") or {}).get("hard") or {}
        over = []
        for name in counted_as(kind, new):
            if name not in hard:
                continue
            used = sum(name in counted_as(kind, one) for one in cluster.all(kind.group, kind.plural, namespace))
            if used + 1 > int(hard[name]):
                over.append((name, used))
        if over:
            requested = ",".join(f"{name}=1" for name, _ in over)
            used_words = ",".join(f"{name}={used}" for name, used in over)
            limited = ",".join(f"{name}={hard[name]}" for name, _ in over)
            why = (
                f"exceeded quota: {quota['metadata']['name']}, requested: {requested}, used: {used_words}, "
                f"limited: {limited}"
            )
            raise forbidden(kind.group, kind.plural, new["metadata"]["name"], why)


def recount(cluster: Cluster, namespace: str) -> None:
    """Write into each quota's status what is used of it."""
    for quota in cluster.all("", "resourcequotas", namespace):
        hard = (quota.get("spec") or {}).get("hard") or {}
        used = dict.fromkeys(hard, "0")
        for kind in cluster.kinds.stored().values():
            if not kind.namespaced or not kind.storage:
                continue
            for one in cluster.store.page(kind.where, prefix=f"{namespace}/")[0]:
                for name in counted_as(kind, one.object):
                    if name in hard:
                        used[name] = str(int(used[name]) + 1)
        status = {"hard": hard, "used": used}
        with cluster.store.lock:
            stored = cluster.store.get("/resourcequotas", f"{namespace}/{quota['metadata']['name']}")
            if stored is not None and stored.object.get("status") != status:
                metadata = dict(stored.object["metadata"])
                cluster.store.put(
                    "/resourcequotas", stored.key, {**stored.object, "metadata": metadata, "status": status}
                )
