"""Nodes and smoke tests on a real cluster, with what `deploy/` grants and no more.

Its Jobs are played by kwok: template, permissions, waiting and what is left behind are real, and no container runs.
"""

import uuid

import pytest

from lab import manifests
from lab.servers import launch_kube, stop
from tests.unit.actions.chains import run_action
from tests.unit.actions.platform import REPOSITORY

pytestmark = pytest.mark.real

TOKEN = "planted-pack-token"
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "smoke"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "stackstorm-smoke-tests"},
    "subjects": [{"kind": "ServiceAccount", "name": "stackstorm", "namespace": "stackstorm"}],
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The cluster's endpoint and its administrator."""
    users = {TOKEN: ("system:serviceaccount:stackstorm:stackstorm", [])}
    servers, endpoints = launch_kube(["paasA"], directory=tmp_path_factory.mktemp("kube"), users=users)
    admin = manifests.client_of(endpoints["paasA"])
    try:
        for file in ("rbac.yaml", "rbac-nodes.yaml"):
            for document in manifests.documents(REPOSITORY / "deploy" / file):
                manifests.apply(admin, document)
        yield endpoints["paasA"], admin
    finally:
        admin.close()
        stop(servers)


@pytest.fixture
def act(cluster, endpoint, monkeypatch):
    """Runs an action as the pack's account; whether it succeeded, and its result."""
    monkeypatch.setenv("PLANTED_TOKEN", TOKEN)
    monkeypatch.setenv("PLANTED_KEY", "planted")
    kube, _ = cluster
    config = {
        "clusters": {"paasA": {"server": kube.url, "ca_file": kube.ca_file, "token": "env:PLANTED_TOKEN"}},
        "aws": {
            "region": endpoint.region,
            "endpoint_url": endpoint.url,
            "access_key_id": "env:PLANTED_KEY",
            "secret_access_key": "env:PLANTED_KEY",
        },
    }
    return lambda action, **parameters: run_action(action, config=config, parameters={"cluster": "paasA", **parameters})


@pytest.fixture
def admin(cluster):
    return cluster[1]


@pytest.fixture
def namespace(admin):
    """A namespace in which the pack may run smoke tests."""
    name = f"smoke-{uuid.uuid4().hex[:6]}"
    admin.create("/api/v1/namespaces", {"metadata": {"name": name}})
    admin.create(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{name}/rolebindings", BINDING)
    return name


def cronjob(admin, namespace, **spec):
    container = {"name": "smoke", "image": "smoke"}
    pod = {"restartPolicy": "Never", "containers": [container], **spec.pop("pod", {})}
    template = {"spec": {"backoffLimit": 0, "template": {"spec": pod}, **spec}}
    body = {
        "metadata": {"name": "smoke"},
        "spec": {"suspend": True, "schedule": "0 0 1 1 *", "jobTemplate": template},
    }
    admin.create(f"/apis/batch/v1/namespaces/{namespace}/cronjobs", body)


def jobs(admin, namespace):
    found = admin.list(f"/apis/batch/v1/namespaces/{namespace}/jobs")
    return [each for each in found if not each["metadata"].get("deletionTimestamp")]


NOWHERE = {"nodeSelector": {"there": "is-none"}}


def test_a_job_that_completes_passes_and_leaves_nothing(act, admin, namespace):
    cronjob(admin, namespace)
    succeeded, result = act("smoke_test", namespace=namespace, cronjob="smoke", job_seconds=60)
    assert (succeeded, result["job"].partition("/")[0]) == (True, namespace)
    assert jobs(admin, namespace) == []


def test_a_job_that_fails_says_why_in_the_clusters_words_and_stays_for_its_logs(act, admin, namespace):
    cronjob(admin, namespace, activeDeadlineSeconds=1, pod=NOWHERE)
    succeeded, result = act("smoke_test", namespace=namespace, cronjob="smoke", job_seconds=60)
    assert (succeeded, result["error"]) == (False, "SmokeFailed")
    assert "Job was active longer than specified deadline" in result["message"]
    (job,) = jobs(admin, namespace)
    assert job["spec"]["ttlSecondsAfterFinished"] == 3600


def test_a_job_that_does_not_end_is_ended(act, admin, namespace):
    cronjob(admin, namespace, pod=NOWHERE)
    succeeded, result = act("smoke_test", namespace=namespace, cronjob="smoke", job_seconds=1)
    assert (succeeded, "had not ended after" in result["message"]) == (False, True)
    assert jobs(admin, namespace) == []


def test_where_nobody_bound_the_role_it_is_refused_by_name(act, admin):
    cronjob(admin, "default")
    succeeded, result = act("smoke_test", cronjob="smoke")
    assert (succeeded, result["error"]) == (False, "Forbidden")
    assert 'cannot get resource "cronjobs" in API group "batch" in the namespace "default"' in result["message"]


def test_a_node_gets_the_zone_of_its_instance_and_is_then_left_alone(act, admin, make):
    world = make()
    instance = min(world.b)
    zones = world.builder.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
    zone = zones[0]["Instances"][0]["Placement"]["AvailabilityZone"]
    node = {"metadata": {"name": "ip-10-0-0-1"}, "spec": {"providerID": f"aws:///{zone}/{instance}"}}
    admin.create("/api/v1/nodes", node)

    def labels():
        found = admin.get("/api/v1/nodes/ip-10-0-0-1")["metadata"].get("labels") or {}
        return {name: value for name, value in found.items() if "topology" in name or "failure-domain" in name}

    shown = act("nodes_label_zones", dry_run=True)[1]
    assert labels() == {}
    succeeded, done = act("nodes_label_zones")
    assert (succeeded, done["labelled"]) == (True, shown["labelled"])
    assert labels() == done["labelled"][0]["labels"]
    assert (labels()["topology.kubernetes.io/zone"], len(labels())) == (zone, 4)
    assert act("nodes_label_zones", node="ip-10-0-0-1")[1]["unchanged"] == 1
    # The cluster's own fake node is none of EC2's.
    assert "EC2 in eu-west-1 knows no instance of" in done["message"]
