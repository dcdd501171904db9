"""Pods: the defaults of their spec, and what admission puts into them."""

from __future__ import annotations

import secrets

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Cause, Json, required

from . import Rule

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def _prepare_pod(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    default_spec(new.setdefault("spec", {}), restart="Always")
    if old is None:
        new["status"] = {"phase": "Pending", "qosClass": "BestEffort"}
        new["spec"].setdefault("enableServiceLinks", True)
        _inject(new["spec"])


def default_spec(spec: Json, *, restart: str | None) -> None:
    """Fill in what a Pod's spec has by default; `restart` is None where the restart policy must be given."""
    if restart:
        spec.setdefault("restartPolicy", restart)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        image = str(container.get("image", ""))
        latest = image.endswith(":latest") or ":" not in image.rpartition("/")[2]
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
        for port in container.get("ports") or ():
            port.setdefault("protocol", "TCP")


def check_containers(spec: Json, path: str) -> list[Cause]:
    """What is missing in a Pod's containers."""
    containers = spec.get("containers") or []
    if not containers:
        return [required(f"{path}.containers")]
    causes = []
    for position, container in enumerate(containers):
        if not container.get("name"):
            causes.append(required(f"{path}.containers[{position}].name"))
        if not container.get("image"):
            causes.append(required(f"{path}.containers[{position}].image"))
    return causes


def _validate_pod(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster, old
    return check_containers(new["spec"], "spec")


def _inject(spec: Json) -> None:
    """Priority, tolerations, the ServiceAccount and its token's volume, as admission adds them."""
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    account = spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", account)
    tolerations = spec.setdefault("tolerations", [])
    for reason in ("not-ready", "unreachable"):
        key = f"node.kubernetes.io/{reason}"
        if not any(one.get("key") == key for one in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    if spec.get("automountServiceAccountToken") is False:
        return
    volume = "kube-api-access-" + "".join(secrets.choice(_LETTERS) for _ in range(5))
    spec.setdefault("volumes", []).append({"name": volume, "projected": {"defaultMode": 420, "sources": _sources()}})
    mount = {"name": volume, "readOnly": True, "mountPath": TOKEN_PATH}
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        mounts = container.setdefault("volumeMounts", [])
        if not any(one.get("mountPath") == TOKEN_PATH for one in mounts):
            mounts.append(dict(mount))


def _sources() -> list[Json]:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]


RULES = {("", "Pod"): Rule(prepare=_prepare_pod, validate=_validate_pod)}
