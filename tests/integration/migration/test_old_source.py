"""A source of 1.7, with what current servers have forgotten, and a destination of today."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.migration.world import Cluster, World, created, eventually, meta, writes

ROOM = "legacy"
OLD = "extensions/v1beta1"


@pytest.fixture(scope="module")
def old_source(tmp_path_factory) -> Iterator[Cluster]:
    """Objects as people wrote them in 2017."""
    from lab.standins.kube import launch

    server, endpoint = launch("old", directory=tmp_path_factory.mktemp("old"), version="1.7")
    cluster = Cluster(endpoint, real=False)
    for obj in objects():
        eventually(lambda obj=obj: created(cluster, obj), what=f"{obj['kind']} served")
    yield cluster
    server.stop()


@pytest.fixture
def world(old_source, clusters, tmp_path) -> World:
    return World(old_source, clusters[1], tmp_path)


def template(app):
    metadata = {"labels": {"app": app}, "creationTimestamp": None}
    return {"metadata": metadata, "spec": {"containers": [{"name": "main", "image": "nginx:1.11"}]}}


def objects():
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(ROOM)}
    for kind in ("Deployment", "DaemonSet", "ReplicaSet"):
        name = kind.lower()
        spec = {"template": template(name)} | ({} if kind == "DaemonSet" else {"replicas": 1})
        yield {"apiVersion": OLD, "kind": kind, "metadata": meta(name, ROOM), "spec": spec}
    spec = {"serviceName": "db", "replicas": 1, "template": template("db")}
    yield {"apiVersion": "apps/v1beta1", "kind": "StatefulSet", "metadata": meta("db", ROOM), "spec": spec}
    paths = [
        {"path": "/", "backend": {"serviceName": "web", "servicePort": 80}},
        {"backend": {"serviceName": "web", "servicePort": "http"}},
    ]
    annotations = {"kubernetes.io/ingress.class": "nginx"}
    rules = [{"host": "shop.example.com", "http": {"paths": paths}}]
    yield {
        "apiVersion": OLD,
        "kind": "Ingress",
        "metadata": meta("web", ROOM, annotations=annotations),
        "spec": {"rules": rules},
    }
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox"}]}}
    spec = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": pod}}}
    yield {"apiVersion": "batch/v2alpha1", "kind": "CronJob", "metadata": meta("nightly", ROOM), "spec": spec}
    spec = {"minAvailable": 1, "selector": {}}
    yield {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": meta("none", ROOM), "spec": spec}
    target = {"apiVersion": OLD, "kind": "Deployment", "name": "deployment"}
    spec = {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70, "scaleTargetRef": target}
    yield {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": meta("web", ROOM),
        "spec": spec,
    }
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1beta1",
        "kind": "Role",
        "metadata": meta("reader", ROOM),
        "rules": [rule],
    }
    yield {
        "apiVersion": OLD,
        "kind": "ThirdPartyResource",
        "metadata": meta("cron-tab.stable.example.com"),
        "description": "a table",
        "versions": [{"name": "v1"}],
    }
    yield {
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "metadata": meta("table", ROOM),
        "spec": {"cron": "* * * * *"},
        "anything": [1, {"a": None}],
    }
    any_way = {"rule": "RunAsAny"}
    fields = ("seLinux", "supplementalGroups", "runAsUser", "fsGroup")
    yield {
        "apiVersion": OLD,
        "kind": "PodSecurityPolicy",
        "metadata": meta("any"),
        "spec": dict.fromkeys(fields, any_way),
    }


def test_it_arrives_as_what_current_servers_serve(world):
    world.destination.client.resources.all()  # remembered from before the run; CronTab is not among it
    result = world.migrate(namespaces=[ROOM], include_cluster_scoped=True)
    assert result["failures"] == [], result["failures"]
    assert result["conflicts"] == []
    assert result["comparison"]["complete"], result["comparison"]["differences"]
    there = world.destination
    for kind in ("Deployment", "DaemonSet", "ReplicaSet"):
        obj = there.get(kind, kind.lower(), ROOM)
        assert obj["apiVersion"] == "apps/v1"
        assert obj["spec"]["selector"] == {"matchLabels": {"app": kind.lower()}}
    assert there.get("StatefulSet", "db", ROOM)["apiVersion"] == "apps/v1"
    ingress = there.get("Ingress", "web", ROOM)
    assert ingress["apiVersion"] == "networking.k8s.io/v1"
    backends = [path["backend"]["service"]["port"] for path in ingress["spec"]["rules"][0]["http"]["paths"]]
    assert backends == [{"number": 80}, {"name": "http"}]
    assert there.get("CronJob", "nightly", ROOM)["spec"]["suspend"] is True
    selector = there.get("PodDisruptionBudget", "none", ROOM)["spec"]["selector"]
    assert selector["matchExpressions"][0]["operator"] == "Exists"
    scaler = there.get("HorizontalPodAutoscaler", "web", ROOM)
    assert scaler["spec"]["scaleTargetRef"]["apiVersion"] == "apps/v1"
    assert there.has("CustomResourceDefinition", "crontabs.stable.example.com")
    assert there.get("CronTab", "table", ROOM)["spec"] == {"cron": "* * * * *"}


def test_what_has_no_successor_stays_behind_with_advice(world):
    plan = world.plan(namespaces=[ROOM], include_cluster_scoped=True)
    assert any("podsecuritypolicies" in warning and "Pod Security" in warning for warning in plan["warnings"])
    assert any("ThirdPartyResource has no schema" in warning for warning in plan["warnings"])


def test_a_second_run_writes_nothing_though_the_destination_filled_in_defaults(world):
    world.migrate(namespaces=[ROOM], include_cluster_scoped=True, compare=False)
    world.destination.calls()
    world.source.calls()
    again = world.migrate(namespaces=[ROOM], include_cluster_scoped=True, compare=False)
    assert again["written"] == 0
    assert writes(world.destination.calls()) == 0
    assert writes(world.source.calls()) == 0
