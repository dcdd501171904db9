"""Built-in kinds: the defaults and the rules that people meet; discovery of them."""

import base64

import pytest

from tests.contract.kube.subject import config_map, eventually

CONTAINER = {"name": "c", "image": "i"}


def template(**labels):
    return {"metadata": {"labels": labels}, "spec": {"containers": [dict(CONTAINER)]}}


def apis(namespace, group):
    return namespace.replace("/api/v1", f"/apis/{group}")


def test_a_secrets_text_is_encoded(kube, namespace):
    body = kube.post(f"{namespace}/secrets", {"metadata": {"name": "a"}, "stringData": {"k": "v"}}).body
    assert (body["type"], body["data"]) == ("Opaque", {"k": base64.b64encode(b"v").decode()})
    assert "stringData" not in body


def test_a_secrets_type_is_immutable(kube, namespace):
    kube.post(f"{namespace}/secrets", {"metadata": {"name": "a"}})
    found = kube.patch(f"{namespace}/secrets/a", {"type": "example.com/other"})
    words = 'Invalid value: "example.com/other": field is immutable'
    assert (found.status, found.causes) == (422, {("type", "FieldValueInvalid", words)})


def test_a_secret_of_a_type_needs_its_keys(kube, namespace):
    found = kube.post(f"{namespace}/secrets", {"metadata": {"name": "a"}, "type": "kubernetes.io/tls"})
    assert {field for field, _, _ in found.causes} == {"data[tls.crt]", "data[tls.key]"}


def test_a_key_must_be_a_config_key(kube, namespace, config_maps):
    assert kube.post(config_maps, config_map("a", {"a b": "x"})).status == 422
    found = kube.post(f"{namespace}/secrets", {"metadata": {"name": "a"}, "data": {"a b": "eA=="}})
    assert [field for field, _, _ in found.causes] == ["data[a b]"]


@pytest.mark.parametrize("plural", ["secrets", "configmaps"])
def test_what_is_immutable_stays(kube, namespace, plural):
    value = "eA==" if plural == "secrets" else "x"
    path = f"{namespace}/{plural}"
    kube.post(path, {"metadata": {"name": "a"}, "immutable": True, "data": {"k": value}})
    words = "Forbidden: field is immutable when `immutable` is set"
    found = kube.patch(f"{path}/a", {"data": {"l": value}})
    assert (found.status, found.causes) == (422, {("data", "FieldValueForbidden", words)})
    assert kube.patch(f"{path}/a", {"immutable": False}).causes == {("immutable", "FieldValueForbidden", words)}


def test_a_deployment_has_its_defaults(kube, namespace):
    spec = {"selector": {"matchLabels": {"app": "a"}}, "template": template(app="a")}
    path = apis(namespace, "apps/v1") + "/deployments"
    found = kube.post(path, {"metadata": {"name": "a"}, "spec": spec}, dryRun="All").body
    assert found["metadata"]["generation"] == 1
    assert found["spec"]["replicas"] == 1
    assert found["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    assert found["spec"]["template"]["spec"]["containers"] == [
        {
            **CONTAINER,
            "imagePullPolicy": "Always",
            "resources": {},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        }
    ]


def test_a_deployments_selector_must_match_and_cannot_change(kube, namespace):
    path = apis(namespace, "apps/v1") + "/deployments"
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "a"}}, "template": template(app="b")}
    found = kube.post(path, {"metadata": {"name": "a"}, "spec": spec})
    words = 'Invalid value: {"app":"b"}: `selector` does not match template `labels`'
    assert found.causes == {("spec.template.metadata.labels", "FieldValueInvalid", words)}
    spec["template"] = template(app="a", other="x")
    assert kube.post(path, {"metadata": {"name": "a"}, "spec": spec}).status == 201
    found = kube.patch(f"{path}/a", {"spec": {"selector": {"matchLabels": {"other": "x"}}}})
    assert found.status == 422
    assert [field for field, _, words in found.causes if words.endswith("field is immutable")] == ["spec.selector"]


def test_a_deployment_is_scaled_through_its_path(kube, namespace):
    path = apis(namespace, "apps/v1") + "/deployments"
    spec = {"replicas": 0, "paused": True, "selector": {"matchLabels": {"app": "a"}}, "template": template(app="a")}
    kube.post(path, {"metadata": {"name": "a"}, "spec": spec})
    assert kube.get(f"{path}/a/scale").body["kind"] == "Scale"
    found = kube.patch(f"{path}/a/scale", {"spec": {"replicas": 2}})
    assert (found.status, found.body["spec"]) == (200, {"replicas": 2})
    assert kube.get(f"{path}/a").body["spec"]["replicas"] == 2


def test_a_jobs_selector_and_labels_are_made_from_its_uid(kube, namespace):
    spec = {"suspend": True, "template": {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}}
    found = kube.post(apis(namespace, "batch/v1") + "/jobs", {"metadata": {"name": "a"}, "spec": spec}).body
    uid = found["metadata"]["uid"]
    assert found["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert found["spec"]["template"]["metadata"]["labels"] == {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": "a",
        "controller-uid": uid,
        "job-name": "a",
    }


def test_a_job_that_brings_a_selector_is_refused(kube, namespace):
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}
    spec = {"suspend": True, "selector": {"matchLabels": {"a": "b"}}, "template": pod}
    found = kube.post(apis(namespace, "batch/v1") + "/jobs", {"metadata": {"name": "a"}, "spec": spec})
    assert found.status == 422
    assert any(
        field == "spec.selector" and words.endswith("`selector` not auto-generated") for field, _, words in found.causes
    )


def test_a_jobs_template_cannot_change(kube, namespace):
    path = apis(namespace, "batch/v1") + "/jobs"
    spec = {"suspend": True, "template": {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}}
    kube.post(path, {"metadata": {"name": "a"}, "spec": spec})
    now = kube.get(f"{path}/a").body
    now["spec"]["template"]["spec"]["containers"][0]["name"] = "other"
    del now["metadata"]["resourceVersion"]  # the Job controller writes a condition meanwhile
    found = kube.put(f"{path}/a", now)
    assert found.status == 422
    assert any(words.endswith("field is immutable") for _, _, words in found.causes)


def test_a_cron_job_has_its_defaults(kube, namespace):
    pod = {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}
    spec = {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": pod}}}
    found = kube.post(apis(namespace, "batch/v1") + "/cronjobs", {"metadata": {"name": "a"}, "spec": spec}).body["spec"]
    assert (found["concurrencyPolicy"], found["successfulJobsHistoryLimit"], found["failedJobsHistoryLimit"]) == (
        "Allow",
        3,
        1,
    )


def test_a_pod_is_given_an_account_its_token_and_tolerations(kube, namespace):
    eventually(lambda: kube.get(f"{namespace}/serviceaccounts/default").status == 200)
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [CONTAINER]}}
    spec = kube.post(f"{namespace}/pods", pod, dryRun="All").body["spec"]
    assert (spec["serviceAccountName"], spec["restartPolicy"], spec["priority"]) == ("default", "Always", 0)
    assert {one["key"] for one in spec["tolerations"]} == {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    }
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    assert spec["containers"][0]["volumeMounts"][0]["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"


def test_a_quota_is_counted_and_holds(kube, namespace, config_maps):
    eventually(lambda: "kube-root-ca.crt" in kube.get(config_maps).names)
    quota = {"metadata": {"name": "few"}, "spec": {"hard": {"count/configmaps": "2"}}}
    kube.post(f"{namespace}/resourcequotas", quota)
    status = eventually(lambda: kube.get(f"{namespace}/resourcequotas/few").body.get("status", {}).get("used"))
    assert status == {"count/configmaps": "1"}
    assert kube.post(config_maps, config_map("a")).status == 201
    eventually(lambda: kube.get(f"{namespace}/resourcequotas/few").body["status"]["used"] == {"count/configmaps": "2"})
    found = kube.post(config_maps, config_map("b"))
    words = (
        'configmaps "b" is forbidden: exceeded quota: few, requested: count/configmaps=1, '
        "used: count/configmaps=2, limited: count/configmaps=2"
    )
    assert (found.status, found.words) == (403, words)


def test_a_lease_is_taken_by_compare_and_set(kube, namespace):
    path = apis(namespace, "coordination.k8s.io/v1") + "/leases"
    first = kube.post(path, {"metadata": {"name": "lock"}, "spec": {"holderIdentity": "one"}}).body
    mine = {**first, "spec": {"holderIdentity": "two"}}
    assert kube.put(f"{path}/lock", mine).status == 200
    assert kube.put(f"{path}/lock", mine).status == 409


EXPECTED = {
    "v1": {
        "configmaps",
        "secrets",
        "services",
        "serviceaccounts",
        "namespaces",
        "nodes",
        "pods",
        "pods/status",
        "events",
    },
    "apps/v1": {"deployments", "deployments/status", "deployments/scale", "statefulsets", "daemonsets", "replicasets"},
    "batch/v1": {"jobs", "cronjobs"},
    "networking.k8s.io/v1": {"ingresses", "networkpolicies", "ingressclasses"},
    "policy/v1": {"poddisruptionbudgets"},
    "rbac.authorization.k8s.io/v1": {"roles", "rolebindings", "clusterroles", "clusterrolebindings"},
    "storage.k8s.io/v1": {"storageclasses"},
    "scheduling.k8s.io/v1": {"priorityclasses"},
    "autoscaling/v2": {"horizontalpodautoscalers"},
    "admissionregistration.k8s.io/v1": {"validatingwebhookconfigurations", "mutatingwebhookconfigurations"},
    "apiregistration.k8s.io/v1": {"apiservices"},
    "apiextensions.k8s.io/v1": {"customresourcedefinitions"},
    "coordination.k8s.io/v1": {"leases"},
    "discovery.k8s.io/v1": {"endpointslices"},
    "events.k8s.io/v1": {"events"},
    "flowcontrol.apiserver.k8s.io/v1": {"flowschemas", "prioritylevelconfigurations"},
    "certificates.k8s.io/v1": {"certificatesigningrequests"},
}


@pytest.mark.parametrize("version", sorted(EXPECTED))
def test_a_group_is_discovered_with_its_kinds(kube, version):
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    found = kube.get(root)
    assert (found.body["kind"], found.body["groupVersion"]) == ("APIResourceList", version)
    assert EXPECTED[version] <= {one["name"] for one in found.body["resources"]}


def test_discovery_says_how_a_kind_is_named_and_used(kube):
    (found,) = [one for one in kube.get("/apis/apps/v1").body["resources"] if one["name"] == "deployments"]
    found.pop("storageVersionHash", None)
    assert found == {
        "name": "deployments",
        "singularName": "deployment",
        "namespaced": True,
        "kind": "Deployment",
        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        "shortNames": ["deploy"],
        "categories": ["all"],
    }


def test_the_groups_are_listed_with_their_preferred_versions(kube):
    found = {one["name"]: one["preferredVersion"]["version"] for one in kube.get("/apis").body["groups"]}
    assert (found["apps"], found["batch"], found["autoscaling"]) == ("v1", "v1", "v2")
    assert kube.get("/api").body["versions"] == ["v1"]


def test_the_version_is_told(kube):
    found = kube.get("/version").body
    assert (found["major"], found["minor"]) == ("1", "36")
    assert found["gitVersion"].startswith("v1.36.")
