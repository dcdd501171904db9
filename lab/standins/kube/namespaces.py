"""The life of a namespace: furnished when it begins, emptied before it ends."""

from __future__ import annotations

from typing import Any

from . import deleting
from .cluster import Cluster, new_uid
from .errors import Json

ROOT_CA = "kube-root-ca.crt"
FIRST = ("default", "kube-system", "kube-public", "kube-node-lease")


def put(cluster: Cluster, group: str, plural: str, value: Json) -> None:
    """Store an object of the server's own making, unless there is one."""
    kinds = [kind for kind in cluster.kinds.all() if (kind.group, kind.plural) == (group, plural)]
    if not kinds:
        return
    kind = kinds[0]
    metadata = value["metadata"]
    key = f"{metadata['namespace']}/{metadata['name']}" if kind.namespaced else metadata["name"]
    with cluster.store.lock:
        if cluster.store.get(kind.where, key) is not None:
            return
        full: Json = {"apiVersion": kind.api_version, "kind": kind.kind, **value}
        full["metadata"] = {**metadata, "uid": new_uid(), "creationTimestamp": cluster.now()}
        cluster.store.put(kind.where, key, full)


def bootstrap(cluster: Cluster) -> None:
    """The namespaces every cluster begins with, furnished."""
    for name in FIRST[:3] if cluster.settings.old else FIRST:
        metadata: Json = {"name": name}
        if not cluster.settings.old:
            metadata["labels"] = {"kubernetes.io/metadata.name": name}
        value = {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
        put(cluster, "", "namespaces", value)
        if cluster.settings.controllers:
            furnish(cluster, value)
    first_objects(cluster)


def first_objects(cluster: Cluster) -> None:
    """The Service of the API itself and the system's priorities, which every cluster has."""
    labels = {"component": "apiserver", "provider": "kubernetes"}
    port = {"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}
    spec: Json = {"clusterIP": "10.96.0.1", "ports": [port], "sessionAffinity": "None", "type": "ClusterIP"}
    if not cluster.settings.old:
        spec |= {"clusterIPs": ["10.96.0.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
        spec["internalTrafficPolicy"] = "Cluster"
    metadata = {"name": "kubernetes", "namespace": "default", "labels": labels}
    put(cluster, "", "services", {"metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}})
    for name, value in (("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)):
        priority = {"metadata": {"name": name}, "value": value, "preemptionPolicy": "PreemptLowerPriority"}
        put(cluster, "scheduling.k8s.io", "priorityclasses", priority)


def furnish(cluster: Cluster, namespace: Json) -> None:
    """The default ServiceAccount and the ConfigMap with the cluster's authority."""
    name = namespace["metadata"]["name"]
    found = cluster.get("", "namespaces", name)
    if found is None or found["metadata"].get("deletionTimestamp"):
        return
    put(cluster, "", "serviceaccounts", {"metadata": {"name": "default", "namespace": name}})
    if not cluster.settings.old:
        put(cluster, "", "configmaps", {"metadata": _root_ca(name), "data": {"ca.crt": cluster.ca}})


def _root_ca(namespace: str) -> Json:
    words = (
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
        "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
        "Kubernetes clusters."
    )
    return {"name": ROOT_CA, "namespace": namespace, "annotations": {"kubernetes.io/description": words}}


def empty(cluster: Cluster, name: str) -> None:
    """Delete all that a namespace holds, and the namespace once nothing is left."""
    for kind in cluster.kinds.stored().values():
        if not kind.namespaced or "delete" not in kind.verbs:
            continue
        found = cluster.store.page(kind.where, prefix=f"{name}/")[0]
        if found:
            deleting.delete_collection(cluster, kind, found, {"propagationPolicy": "Background"})
    maybe_empty(cluster, name)


def maybe_empty(cluster: Cluster, name: str) -> None:
    """Let a namespace that is going go, if nothing is left in it; say in its status what is."""
    if not name:
        return
    kind = cluster.kinds.find("", "v1", "namespaces")
    with cluster.store.lock:
        stored = cluster.store.get("/namespaces", name)
        if kind is None or stored is None or not stored.object["metadata"].get("deletionTimestamp"):
            return
        left = {
            one.resource: len(found)
            for one in cluster.kinds.stored().values()
            if one.namespaced and (found := cluster.store.page(one.where, prefix=f"{name}/")[0])
        }
        if left:
            _say_what_is_left(cluster, stored.object, left)
            return
        finalizers = [one for one in stored.object["spec"].get("finalizers") or () if one != "kubernetes"]
        value = {**stored.object, "spec": {"finalizers": finalizers}}
        if not deleting.finish(cluster, kind, stored, value):
            cluster.store.put("/namespaces", name, {**value, "metadata": dict(value["metadata"])})


def _say_what_is_left(cluster: Cluster, namespace: Json, left: dict[str, int]) -> None:
    listed = ", ".join(f"{name}. has {count} resource instances" for name, count in sorted(left.items()))
    condition: Json = {
        "type": "NamespaceContentRemaining",
        "status": "True",
        "reason": "SomeResourcesRemain",
        "message": f"Some resources are remaining: {listed}",
    }
    status: Any = namespace.get("status") or {}
    before = [one for one in status.get("conditions") or () if one["type"] == condition["type"]]
    if before and before[0]["message"] == condition["message"]:
        return
    others = [one for one in status.get("conditions") or () if one["type"] != condition["type"]]
    conditions = [*others, {**condition, "lastTransitionTime": cluster.now()}]
    value = {**namespace, "metadata": dict(namespace["metadata"]), "status": {**status, "conditions": conditions}}
    cluster.store.put("/namespaces", namespace["metadata"]["name"], value)
