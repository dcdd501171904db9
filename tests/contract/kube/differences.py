"""What the API stand-in does otherwise than kube-apiserver 1.36 with its controllers."""

from __future__ import annotations

import socket
import ssl
import time
from urllib.parse import urlsplit

import requests

from tests.contract.differences import Difference
from tests.contract.kube.subject import DEFINITIONS, MERGE, config_map, define, definition, eventually, unique

CONTAINER = {"name": "c", "image": "i"}
PROTOBUF = "application/vnd.kubernetes.protobuf"


def _room(kube) -> str:
    name = unique("odd")
    kube.post("/api/v1/namespaces", {"metadata": {"name": name}})
    return f"/api/v1/namespaces/{name}"


def _accepting(kube, path, accept) -> requests.Response:
    headers = {"Authorization": f"Bearer {kube.token}", "Accept": accept}
    session = requests.Session()
    session.trust_env = False
    return session.get(kube.url + path, headers=headers, verify=kube.ca_file, timeout=30)


def _words_of_bad_json(kube):
    return kube.post(f"{_room(kube)}/configmaps", "{bad").words.partition("json parse error: ")[2].split()[0]


def _unknown_field_of_a_built_in_kind(kube):
    body = {**config_map("a"), "unheard": 1}
    return "unheard" in kube.post(f"{_room(kube)}/configmaps", body).body


def _cel(kube):
    group = f"{unique('cel')}.example.com"
    body = definition(group)
    schema = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    rule = {"rule": "self.spec.size < 50", "message": "too big"}
    body["spec"]["versions"][0]["schema"] = {"openAPIV3Schema": {**schema, "x-kubernetes-validations": [rule]}}
    path = define(kube, body).replace("/v1/", "/v1/namespaces/default/")
    widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}}
    status = kube.post(path, {**widget, "spec": {"engine": "mysql", "size": 60}}).status
    kube.delete(f"{DEFINITIONS}/widgets.{group}")
    return status


def _path_in_a_status_error(kube):
    group = f"{unique('status')}.example.com"
    path = define(kube, definition(group)).replace("/v1/", "/v1/namespaces/default/")
    kube.post(
        path, {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"engine": "mysql"}}
    )
    words = kube.patch(f"{path}/a/status", {"status": {"phase": 5}}, MERGE).body["details"]["causes"][0]["message"]
    kube.delete(f"{DEFINITIONS}/widgets.{group}")
    return words.split('": ')[1].split()[0]


def _replicas_become_pods(kube):
    room = _room(kube)
    spec = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [CONTAINER]}},
    }
    kube.post(room.replace("/api/v1", "/apis/apps/v1") + "/deployments", {"metadata": {"name": "a"}, "spec": spec})
    path = room.replace("/api/v1", "/apis/apps/v1") + "/replicasets"
    deadline = time.monotonic() + (20 if kube.kind == "real" else 0.5)
    while time.monotonic() < deadline:
        if kube.get(path).names:
            return True
        time.sleep(0.05)
    return False


def _webhook_that_nobody_answers(kube):
    room = _room(kube)
    name = room.rpartition("/")[2]
    webhook = {
        "name": "deny.example.com",
        "clientConfig": {"service": {"namespace": name, "name": "nobody"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
    }
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    kube.post(path, {"metadata": {"name": name}, "webhooks": [webhook]})
    try:
        if kube.kind != "real":
            return kube.post(f"{room}/configmaps", config_map("a")).status
        return eventually(
            lambda: (status := kube.post(f"{room}/configmaps", config_map(unique("a"))).status) != 201 and status
        )
    finally:
        kube.delete(f"{path}/{name}")


def _quota_of_what_pods_ask_for(kube):
    room = _room(kube)
    eventually(lambda: kube.get(f"{room}/serviceaccounts/default").status == 200)
    kube.post(f"{room}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": {"requests.cpu": "1"}}})
    eventually(lambda: "hard" in kube.get(f"{room}/resourcequotas/q").body.get("status", {}))
    return kube.post(f"{room}/pods", {"metadata": {"name": "a"}, "spec": {"containers": [CONTAINER]}}).status


def _pod_of_a_missing_account(kube):
    pod = {"metadata": {"name": "a"}, "spec": {"serviceAccountName": "nobody", "containers": [CONTAINER]}}
    return kube.post(f"{_room(kube)}/pods", pod).status


def _limit_range(kube):
    room = _room(kube)
    eventually(lambda: kube.get(f"{room}/serviceaccounts/default").status == 200)
    limits = {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}
    kube.post(f"{room}/limitranges", {"metadata": {"name": "l"}, "spec": limits})
    time.sleep(0.5 if kube.kind == "real" else 0)
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [CONTAINER]}}
    answer = kube.post(f"{room}/pods", pod, dryRun="All")
    return answer.body["spec"]["containers"][0]["resources"]


def _protocol(kube):
    address = urlsplit(kube.url)
    context = ssl.create_default_context(cafile=kube.ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((address.hostname, address.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=address.hostname) as wrapped,
    ):
        return wrapped.selected_alpn_protocol()


def _struct_is_a_field(kube):
    spec = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [CONTAINER]}},
    }
    path = _room(kube).replace("/api/v1", "/apis/apps/v1") + "/deployments"
    body = kube.post(path, {"metadata": {"name": "a"}, "spec": spec}, dryRun="All").body
    return "." in body["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]


DIFFERENCES = [
    Difference(
        "the words of a JSON parser",
        "The words after `json parse error:` are those of Go's parser, or of Python's; what comes before is the same.",
        _words_of_bad_json,
        real="invalid",
        stand_in="Expecting",
    ),
    Difference(
        "unknown fields of built-in kinds",
        "The stand-in has no schemas of the built-in kinds: it keeps what the real server drops with a warning, "
        "and does not "
        "refuse it under fieldValidation=Strict. Custom kinds are pruned by both.",
        _unknown_field_of_a_built_in_kind,
        real=False,
        stand_in=True,
    ),
    Difference(
        "CEL rules",
        "x-kubernetes-validations are stored and not evaluated: the libraries for CEL bring more dependencies than "
        "they "
        "are worth here, or need a newer Python. Tests of a CEL rule run on the real server.",
        _cel,
        real=422,
        stand_in=201,
    ),
    Difference(
        "the path in a status error",
        "Through /status the real server validates the status by itself and names the field without `status.`; the "
        "field "
        "of the cause is the same on both.",
        _path_in_a_status_error,
        real="phase",
        stand_in="status.phase",
    ),
    Difference(
        "workloads run",
        "No controller of the stand-in makes Pods: a Deployment stays as it was written. CRDs, namespaces, owners, "
        "claims, "
        "quota counts and token Secrets are taken care of.",
        _replicas_become_pods,
        real=True,
        stand_in=False,
    ),
    Difference(
        "admission webhooks",
        "Webhook configurations are stored and not called; what needs a webhook that fails runs on the real server.",
        _webhook_that_nobody_answers,
        real=500,
        stand_in=201,
    ),
    Difference(
        "quota of what Pods ask for",
        "Quotas count objects on the stand-in; requests and limits of Pods are not added up.",
        _quota_of_what_pods_ask_for,
        real=403,
        stand_in=201,
    ),
    Difference(
        "limit ranges",
        "Limit ranges are stored and not applied to Pods.",
        _limit_range,
        real={"limits": {"cpu": "1"}, "requests": {"cpu": "1"}},
        stand_in={},
    ),
    Difference(
        "a pod of a missing account",
        "The stand-in does not look the ServiceAccount of a Pod up.",
        _pod_of_a_missing_account,
        real=403,
        stand_in=201,
    ),
    Difference(
        "tables of built-in kinds",
        "Custom kinds come as tables with their printer columns; for the others kubectl takes a plain list, and shows "
        "NAME and AGE.",
        lambda kube: _accepting(
            kube, "/api/v1/namespaces", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        ).json()["kind"],
        real="Table",
        stand_in="NamespaceList",
    ),
    Difference(
        "protobuf",
        "The stand-in speaks JSON and takes YAML; clients that prefer protobuf fall back, but for kubectl's "
        "`auth can-i` and `create token`, which send nothing else.",
        lambda kube: _accepting(kube, "/api/v1/namespaces/default", f"{PROTOBUF},application/json").headers[
            "Content-Type"
        ],
        real=PROTOBUF,
        stand_in="application/json",
    ),
    Difference(
        "aggregated discovery",
        "The newer one-document discovery is not served; clients fall back to a document a group, as they must for "
        "older "
        "servers.",
        lambda kube: _accepting(
            kube, "/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
        ).json()["kind"],
        real="APIGroupDiscoveryList",
        stand_in="APIGroupList",
    ),
    Difference(
        "HTTP/2",
        "The stand-in offers HTTP/1.1 alone, which every client speaks.",
        _protocol,
        real="h2",
        stand_in="http/1.1",
    ),
    Difference(
        "autoscaling/v1",
        "Versions of a built-in kind that differ in their fields would need conversions: the newest alone is "
        "served. The "
        "old groups are the 1.7 mode's.",
        lambda kube: kube.get("/apis/autoscaling/v1").status,
        real=200,
        stand_in=404,
    ),
    Difference(
        "the roles of a fresh cluster",
        "Of some seventy bootstrap ClusterRoles the stand-in has the few that people name: cluster-admin, admin, "
        "edit, view "
        "and those of discovery. Its admin, edit and view are not aggregated.",
        lambda kube: len(kube.get("/apis/rbac.authorization.k8s.io/v1/clusterroles").names) > 50,
        real=True,
        stand_in=False,
    ),
    Difference(
        "flow control",
        "Flow schemas are stored; requests are not queued by them, and answers carry no header about it.",
        lambda kube: "X-Kubernetes-Pf-Flowschema-Uid" in kube.get("/version").headers,
        real=True,
        stand_in=False,
    ),
    Difference(
        "storage version hashes",
        "Discovery leaves out the hash of a kind's storage version, which only storage migrators read.",
        lambda kube: "storageVersionHash" in kube.get("/api/v1").body["resources"][2],
        real=True,
        stand_in=False,
    ),
    Difference(
        "structs in managedFields",
        "The real server owns maps and not structs; the stand-in cannot tell them apart and owns both. Leaves, which "
        "conflicts are about, are the same.",
        _struct_is_a_field,
        real=False,
        stand_in=True,
    ),
    Difference(
        "deprecation warnings",
        "No Warning header tells of deprecated APIs.",
        lambda kube: "Warning" in kube.get("/api/v1/namespaces/default/endpoints").headers,
        real=True,
        stand_in=False,
    ),
    Difference(
        "the lab's own door",
        "Faults, compaction and counts are ordered at /__lab__/, by the administrator alone; no real server has it.",
        lambda kube: kube.get("/__lab__/requests").status,
        real=404,
        stand_in=200,
    ),
]
