"""A cluster's worth of mixed objects: every kind that the migration has a rule for, in as many namespaces as wanted."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Json = dict[str, Any]
#: Objects that `namespaced` makes in one namespace, the namespace included.
PER_NAMESPACE = 100

#: A value that no report, plan or log may ever show.
PLANTED = "planted-8c1f-never-to-be-seen"

_GROUPS = (
    ("Widget", "widgets", "shop.example.com"),
    ("Queue", "queues", "mq.example.com"),
    ("Route", "routes", "edge.example.com"),
)


def b64(text: str) -> str:
    """As a Secret's data holds it."""
    return base64.b64encode(text.encode()).decode()


def cluster_wide() -> Iterator[Json]:
    """Definitions, classes, RBAC and volumes outside namespaces."""
    for kind, plural, group in _GROUPS:
        yield _definition(kind, plural, group)
    yield _object("scheduling.k8s.io/v1", "PriorityClass", "urgent", value=1000, globalDefault=False)
    yield _object(
        "storage.k8s.io/v1", "StorageClass", "fast", provisioner="ebs.csi.aws.com", parameters={"type": "gp3"}
    )
    yield _object("networking.k8s.io/v1", "IngressClass", "edge", spec={"controller": "example.com/edge"})
    yield _object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        "reader",
        rules=[{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}],
    )
    yield _object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        "collected",
        aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"collect": "yes"}}]},
        rules=[],
    )
    yield _object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "readers",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
        subjects=[{"kind": "ServiceAccount", "name": "app", "namespace": "team-00"}],
    )
    yield _object(
        "v1",
        "PersistentVolume",
        "disk-1",
        spec={
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Delete",
            "hostPath": {"path": "/disk-1"},
            "storageClassName": "manual",
        },
    )


def admission() -> Iterator[Json]:
    """What later writes depend on: a webhook that never stands in the way, and an aggregated API."""
    yield _object(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "widgets",
        webhooks=[
            {
                "name": "widgets.shop.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Ignore",
                "timeoutSeconds": 1,
                "clientConfig": {"service": {"namespace": "team-00", "name": "backend", "path": "/validate"}},
                "rules": [
                    {
                        "apiGroups": ["never.example.com"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["none"],
                    }
                ],
            }
        ],
    )
    yield _object(
        "apiregistration.k8s.io/v1",
        "APIService",
        "v1.aggregated.example.com",
        spec={
            "group": "aggregated.example.com",
            "version": "v1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"namespace": "team-00", "name": "backend"},
        },
    )


def namespaced(namespace: str, *, replicas: int = 0, number: int = 0) -> Iterator[Json]:
    """One team's namespace and what is in it; `PER_NAMESPACE` objects.

    Args:
        namespace: Its name.
        replicas: Of each workload.
        number: Its number, from which node ports are chosen.
    """

    def make(api_version: str, kind: str, name: str, **fields: Any) -> Json:
        return _object(api_version, kind, name, namespace=namespace, **fields)

    yield _object("v1", "Namespace", namespace, labels={"team": namespace})
    yield make("v1", "LimitRange", "limits", spec={"limits": [{"type": "Container", "default": {"cpu": "100m"}}]})
    yield from _identities(make, namespace)
    yield from _configuration(make)
    yield from _networking(make, number)
    yield from _workloads(make, replicas)
    yield from _custom(make)
    yield make("v1", "ResourceQuota", "quota", spec={"hard": {"pods": "50", "services.nodeports": "5"}})


def mixed(namespaces: int, *, replicas: int = 0) -> Iterator[list[Json]]:
    """Everything, in groups: what is in one group can be created at once."""
    yield list(cluster_wide())
    spaces = [list(namespaced(f"team-{number:02}", replicas=replicas, number=number)) for number in range(namespaces)]
    yield [space[0] for space in spaces]
    accounts = ("ServiceAccount", "Role")
    rest = list(itertools.chain.from_iterable(space[1:] for space in spaces))
    yield [each for each in rest if each["kind"] in accounts]
    yield [each for each in rest if each["kind"] not in accounts]
    yield list(admission())


def create(client: Any, groups: Iterable[list[Json]], *, workers: int = 8) -> int:
    """Create groups of objects, one group after the other; their number."""
    count = 0
    own = threading.local()

    def send(obj: Json) -> None:
        group, _, version = obj["apiVersion"].rpartition("/")
        resource = client.resources.find(group, obj["kind"], version=version)
        if not hasattr(own, "lane"):
            own.lane = client.creator()
        own.lane(
            f"{resource.path(obj['metadata'].get('namespace'))}?fieldManager=kubectl-create", json.dumps(obj).encode()
        )

    with ThreadPoolExecutor(max_workers=workers) as pool:
        for group in groups:
            count += len(list(pool.map(send, group)))
            if any(each["kind"] == "CustomResourceDefinition" for each in group):
                time.sleep(1.5)
    return count


def _identities(make: Callable[..., Json], namespace: str) -> Iterator[Json]:
    yield make("v1", "ServiceAccount", "app", imagePullSecrets=[{"name": "registry"}])
    yield make("v1", "ServiceAccount", "robot")
    for name in ("reader", "writer"):
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
        yield make("rbac.authorization.k8s.io/v1", "Role", name, rules=rules)
        yield make(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            name,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": "app", "namespace": namespace}],
        )


def _configuration(make: Callable[..., Json]) -> Iterator[Json]:
    for index in range(27):
        yield make(
            "v1", "ConfigMap", f"settings-{index:02}", labels={"app": "web"}, data={"app.conf": f"value={index}\n" * 20}
        )
    for index in range(20):
        yield make("v1", "Secret", f"password-{index:02}", type="Opaque", data={"password": b64(f"{PLANTED}-{index}")})
    release = base64.b64encode(
        gzip.compress(json.dumps({"name": "web", "manifest": "x" * 200}).encode(), mtime=0)
    ).decode()
    for version in (1, 2):
        yield make(
            "v1",
            "Secret",
            f"sh.helm.release.v1.web.v{version}",
            type="helm.sh/release.v1",
            data={"release": b64(release)},
        )
    yield make("v1", "Secret", "app-token-x7f2k", type="Opaque", data={"token": b64(PLANTED)})
    yield make(
        "v1",
        "Secret",
        "robot-token",
        type="kubernetes.io/service-account-token",
        annotations={"kubernetes.io/service-account.name": "robot"},
    )
    for index in range(2):
        yield make(
            "v1",
            "PersistentVolumeClaim",
            f"data-{index}",
            spec={
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
                "storageClassName": "fast",
            },
        )


def _networking(make: Callable[..., Json], number: int) -> Iterator[Json]:
    selector = {"selector": {"app": "web"}}
    port = {"port": 80, "targetPort": 8080, "protocol": "TCP", "name": "http"}
    yield make("v1", "Service", "web", spec={**selector, "ports": [port]})
    yield make("v1", "Service", "web-headless", spec={**selector, "clusterIP": "None", "ports": [port]})
    yield make("v1", "Service", "mail", spec={"type": "ExternalName", "externalName": "mail.example.com"})
    yield make(
        "v1",
        "Service",
        "outside",
        spec={**selector, "type": "NodePort", "ports": [{**port, "nodePort": 30020 + number}]},
    )
    yield make(
        "v1",
        "Service",
        "given",
        spec={**selector, "type": "NodePort", "externalTrafficPolicy": "Local", "ports": [port]},
    )
    yield make("v1", "Service", "public", spec={**selector, "type": "LoadBalancer", "ports": [port]})
    yield make("v1", "Service", "backend", spec={"ports": [port]})
    yield make(
        "v1",
        "Endpoints",
        "backend",
        subsets=[{"addresses": [{"ip": "192.0.2.10"}], "ports": [{"port": 8080, "name": "http"}]}],
    )
    yield make("v1", "Service", "sliced", spec={"ports": [port]})
    yield make(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "sliced-1",
        labels={"kubernetes.io/service-name": "sliced"},
        addressType="IPv4",
        endpoints=[{"addresses": ["192.0.2.20"]}],
        ports=[{"name": "http", "port": 8080}],
    )
    for name in ("web", "api"):
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        yield make(
            "networking.k8s.io/v1",
            "Ingress",
            name,
            spec={
                "ingressClassName": "edge",
                "rules": [
                    {
                        "host": f"{name}.example.com",
                        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                    }
                ],
            },
        )
    for name in ("deny", "allow"):
        yield make("networking.k8s.io/v1", "NetworkPolicy", name, spec={"podSelector": {}, "policyTypes": ["Ingress"]})


def _workloads(make: Callable[..., Json], replicas: int) -> Iterator[Json]:
    def template(app: str, **more: Any) -> Json:
        container = {
            "name": "main",
            "image": "registry.example.com/web:1.2",
            "env": [{"name": "MODE", "value": "live"}],
        }
        return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container], **more}}

    def selected(app: str) -> Json:
        return {"selector": {"matchLabels": {"app": app}}, "template": template(app)}

    for index in range(6):
        yield make("apps/v1", "Deployment", f"web-{index}", spec={"replicas": replicas, **selected(f"web-{index}")})
    yield make(
        "apps/v1",
        "StatefulSet",
        "store",
        spec={"replicas": replicas, "serviceName": "web-headless", **selected("store")},
    )
    agent = selected("agent")
    agent["template"]["spec"]["nodeSelector"] = {"never": "here"}
    yield make("apps/v1", "DaemonSet", "agent", spec=agent)
    yield make("apps/v1", "ReplicaSet", "bare", spec={"replicas": replicas, **selected("bare")})
    yield make(
        "v1",
        "ReplicationController",
        "old",
        spec={"replicas": replicas, "selector": {"app": "old"}, "template": template("old")},
    )
    job = {"template": template("once", restartPolicy="Never")}
    yield make("batch/v1", "Job", "once", spec={**job, "suspend": True})
    for name in ("nightly", "hourly"):
        yield make("batch/v1", "CronJob", name, spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": job}})
    yield make(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "web",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web-5"},
            "maxReplicas": 3,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
                }
            ],
        },
    )
    yield make(
        "policy/v1",
        "PodDisruptionBudget",
        "web",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "web-0"}}},
    )


def _custom(make: Callable[..., Json]) -> Iterator[Json]:
    for kind, _, group in _GROUPS:
        for index in range(3):
            yield make(
                f"{group}/v1",
                kind,
                f"{kind.lower()}-{index}",
                spec={"size": index, "tags": ["a", "b"], "deep": {"x": {"y": index}}},
            )


def _definition(kind: str, plural: str, group: str) -> Json:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    return _object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        f"{plural}.{group}",
        spec={
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    )


def _object(
    api_version: str,
    kind: str,
    name: str,
    *,
    namespace: str | None = None,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **fields: Any,
) -> Json:
    metadata: Json = {"name": name}
    for field, value in (("namespace", namespace), ("labels", labels), ("annotations", annotations)):
        if value:
            metadata[field] = value
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
