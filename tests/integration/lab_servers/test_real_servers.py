"""The real servers do what the lab relies on; `make test` runs this, PAAS_REAL=1 asks for it elsewhere."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab import servers
from lab.endpoints import KubeEndpoint
from lab.processes import Server
from lab.servers.calls import call

pytestmark = pytest.mark.real

CONFIGMAPS = "/api/v1/namespaces/default/configmaps"


class Clusters:
    """Two running clusters, with one call to either."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.servers: dict[str, Server] = {}
        launched, self.endpoints = servers.launch_kube(
            ["paasA", "paasB"], directory=directory, audit=True, users={"alice-token": ("alice", ["developers"])}
        )
        self.servers = {server.name: server for server in launched}

    def ask(
        self, method: str, path: str, body: object = None, *, cluster: str = "paasA", token: str = ""
    ) -> tuple[int, Any]:
        endpoint: KubeEndpoint = self.endpoints[cluster]
        headers = {"Authorization": f"Bearer {token or endpoint.token}"}
        return call(method, endpoint.url + path, body, headers=headers, ca_file=endpoint.ca_file)


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    running = Clusters(tmp_path_factory.mktemp("clusters"))
    yield running
    servers.stop(list(running.servers.values()))


def soon(condition: Callable[[], bool], *, within: float = 30.0) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def pods(name: str, **more: object) -> dict[str, Any]:
    spec = {"containers": [{"name": "main", "image": "none"}], **more}
    return {"metadata": {"labels": {"app": name}}, "spec": spec}


def configmap(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_a_deployment_of_three_becomes_ready(clusters):
    path = "/apis/apps/v1/namespaces/default/deployments"
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": pods("web")}
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    assert clusters.ask("POST", path, made)[0] == 201
    assert soon(lambda: clusters.ask("GET", f"{path}/web")[1]["status"].get("readyReplicas") == 3)


def test_a_job_completes(clusters):
    path = "/apis/batch/v1/namespaces/default/jobs"
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}}
    job["spec"] = {"template": pods("once", restartPolicy="Never")}
    assert clusters.ask("POST", path, job)[0] == 201
    assert soon(lambda: clusters.ask("GET", f"{path}/once")[1]["status"].get("succeeded") == 1)


def test_a_namespace_is_really_deleted(clusters):
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gone"}}
    assert clusters.ask("POST", "/api/v1/namespaces", namespace)[0] == 201
    assert clusters.ask("DELETE", "/api/v1/namespaces/gone")[0] == 200
    assert soon(lambda: clusters.ask("GET", "/api/v1/namespaces/gone")[0] == 404)


def test_two_clusters_know_nothing_of_each_other(clusters):
    assert clusters.ask("POST", CONFIGMAPS, configmap("only-in-a"))[0] == 201
    assert clusters.ask("GET", f"{CONFIGMAPS}/only-in-a", cluster="paasB")[0] == 404
    assert clusters.ask("GET", CONFIGMAPS, cluster="paasB", token=clusters.endpoints["paasA"].token)[0] == 401


def test_a_further_user_may_do_what_rbac_gives_and_no_more(clusters):
    status, refusal = clusters.ask("GET", CONFIGMAPS, token="alice-token")
    assert (status, refusal["reason"]) == (403, "Forbidden")
    assert 'User "alice" cannot list resource "configmaps"' in refusal["message"]


def test_every_request_is_in_the_audit_log_once_it_is_answered(clusters):
    clusters.ask("POST", CONFIGMAPS, configmap("audited"), cluster="paasB")
    lines = servers.audit_log(clusters.directory, "paasB").read_text().splitlines()
    events = [event for event in map(json.loads, lines) if event.get("objectRef", {}).get("name") == "audited"]
    assert [(event["verb"], event["user"]["username"]) for event in events] == [("create", "lab-admin")]


def test_an_api_server_that_crashes_comes_back_at_its_address_with_its_objects(clusters):
    assert clusters.ask("POST", CONFIGMAPS, configmap("kept"))[0] == 201
    apiserver = clusters.servers["paasA-apiserver"]
    apiserver.kill()
    assert clusters.ask("GET", f"{CONFIGMAPS}/kept")[0] == 0
    apiserver.up()
    assert clusters.ask("GET", f"{CONFIGMAPS}/kept")[0] == 200


def test_a_watch_from_a_compacted_version_is_gone(clusters):
    oldest = clusters.ask("GET", CONFIGMAPS)[1]["metadata"]["resourceVersion"]
    for number in range(3):
        clusters.ask("POST", CONFIGMAPS, configmap(f"newer-{number}"))
    servers.compact(clusters.directory)
    apiserver = clusters.servers["paasA-apiserver"]
    apiserver.kill()
    apiserver.up()
    status, event = clusters.ask("GET", f"{CONFIGMAPS}?watch=1&timeoutSeconds=1&resourceVersion={oldest}")
    assert (status, event["code"] if status == 410 else event["object"]["code"]) in [(410, 410), (200, 410)]


def test_vault_believes_a_service_account_of_the_cluster(clusters, tmp_path):
    """Vault's Kubernetes auth asks the cluster itself who a token is."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "reviewer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}],
    }
    assert clusters.ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)[0] == 201
    wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    token = clusters.ask("POST", path, wanted)[1]["status"]["token"]
    cluster = clusters.endpoints["paasA"]
    server, vault = servers.launch_vault("auth", directory=tmp_path)
    try:
        config = {
            "kubernetes_host": cluster.url,
            "kubernetes_ca_cert": Path(cluster.ca_file).read_text(),
            "token_reviewer_jwt": token,
        }
        role = {
            "bound_service_account_names": "default",
            "bound_service_account_namespaces": "default",
            "token_policies": "default",
        }
        root = {"X-Vault-Token": vault.token}
        for place, body in (
            ("sys/auth/kubernetes", {"type": "kubernetes"}),
            ("auth/kubernetes/config", config),
            ("auth/kubernetes/role/app", role),
        ):
            assert call("POST", f"{vault.url}/v1/{place}", body, headers=root)[0] in (200, 204)
        status, login = call("POST", f"{vault.url}/v1/auth/kubernetes/login", {"role": "app", "jwt": token})
        assert status == 200 and login["auth"]["metadata"]["service_account_name"] == "default", login
    finally:
        server.stop()


def test_a_consul_on_disk_survives_a_crash_at_its_address(tmp_path):
    server, consul = servers.launch_consul("paasA", directory=tmp_path, acl=True, persistent=True)
    try:
        allowed = {"X-Consul-Token": consul.token}
        assert call("PUT", f"{consul.url}/v1/kv/a", "x")[0] == 403
        assert call("PUT", f"{consul.url}/v1/kv/a", "x", headers=allowed) == (200, True)
        server.kill()
        server.up()
        kept = call("GET", f"{consul.url}/v1/kv/a", headers=allowed)[1]
        assert json.loads(base64.b64decode(kept[0]["Value"])) == "x"
    finally:
        server.stop()


def test_a_consul_gives_sessions_and_restores_snapshots(tmp_path):
    server, consul = servers.launch_consul("paasB", directory=tmp_path)
    try:
        assert call("PUT", f"{consul.url}/v1/session/create", {"TTL": "10s"})[0] == 200
        call("PUT", f"{consul.url}/v1/kv/before", "x")
        with urllib.request.urlopen(f"{consul.url}/v1/snapshot") as answer:
            snapshot = answer.read()
        call("PUT", f"{consul.url}/v1/kv/after", "x")
        urllib.request.urlopen(urllib.request.Request(f"{consul.url}/v1/snapshot", data=snapshot, method="PUT")).close()
        assert call("GET", f"{consul.url}/v1/kv/?keys") == (200, ["before"])
    finally:
        server.stop()


@pytest.mark.parametrize(("mount", "version"), [("secret", "2"), ("kv1", "1")])
def test_a_vault_comes_with_both_versions_of_key_and_value(tmp_path, mount, version):
    server, vault = servers.launch_vault("paasA", directory=tmp_path, root_token="lab-root")
    try:
        assert vault.token == "lab-root"
        mounts: Mapping[str, Any] = call("GET", f"{vault.url}/v1/sys/mounts", headers={"X-Vault-Token": "lab-root"})[1]
        assert mounts[f"{mount}/"]["options"]["version"] == version
    finally:
        server.stop()


def test_a_vault_over_tls_in_files_is_sealed_after_a_crash_and_opens_with_three_of_five_shares(tmp_path):
    server, vault = servers.launch_vault("paasB", directory=tmp_path, storage="file", tls=True, shares=5, threshold=3)
    ca_file = servers.vault_ca_file(tmp_path, "paasB")
    try:
        root = {"X-Vault-Token": vault.token}
        written = {"data": {"password": "p"}, "options": {"cas": 0}}
        assert call("POST", f"{vault.url}/v1/secret/data/a", written, headers=root, ca_file=ca_file)[0] == 200
        server.kill()
        server.up()
        assert call("GET", f"{vault.url}/v1/secret/data/a", headers=root, ca_file=ca_file)[0] == 503
        servers.unseal(vault, ca_file=ca_file)
        read = call("GET", f"{vault.url}/v1/secret/data/a", headers=root, ca_file=ca_file)[1]
        assert read["data"]["data"] == {"password": "p"}
    finally:
        server.stop()


def test_a_vault_keeps_its_data_in_consul(tmp_path):
    store, consul = servers.launch_consul("store", directory=tmp_path)
    started: list[Server] = [store]
    try:
        server, _ = servers.launch_vault("paasA", directory=tmp_path, storage="consul", consul=consul)
        started.append(server)
        assert "vault-paasA/core/seal-config" in call("GET", f"{consul.url}/v1/kv/vault-paasA/core/?keys")[1]
    finally:
        servers.stop(started)
