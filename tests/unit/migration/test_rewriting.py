import json

import pytest

from paas.migration.marks import canonical
from paas.migration.options import Options
from paas.migration.rewrite import Rewriter
from tests.unit.migration.objects import live

NAME = "kubernetes.io/metadata.name"


@pytest.fixture
def names():
    return Rewriter(Options.load({"namespace_map": {"shop": "store", "tools": "kit"}}))


def rewritten(rewriter, obj):
    rewriter.rewrite(obj)
    return obj


def test_an_object_moves_to_the_namespace_of_its_map(names):
    assert rewritten(names, live("v1", "ConfigMap"))["metadata"]["namespace"] == "store"
    assert rewritten(names, live("v1", "Namespace", "shop", None))["metadata"]["name"] == "store"
    assert rewritten(names, live("v1", "ConfigMap", namespace="other"))["metadata"]["namespace"] == "other"


def test_subjects_follow_their_namespace(names):
    subjects = [
        {"kind": "ServiceAccount", "name": "app", "namespace": "shop"},
        {"kind": "User", "name": "system:serviceaccount:tools:app"},
        {"kind": "Group", "name": "system:serviceaccounts:shop"},
        {"kind": "User", "name": "shop"},
    ]
    obj = live("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", namespace=None, subjects=subjects)
    assert [each["name"] for each in rewritten(names, obj)["subjects"]] == [
        "app", "system:serviceaccount:kit:app", "system:serviceaccounts:store", "shop"
    ]  # fmt: skip
    assert obj["subjects"][0]["namespace"] == "store"


def test_selectors_by_name_follow(names):
    selector = {
        "matchLabels": {NAME: "tools", "own": "shop"},
        "matchExpressions": [{"key": NAME, "operator": "In", "values": ["shop", "x"]}],
    }
    obj = live("networking.k8s.io/v1", "NetworkPolicy", spec={"ingress": [{"from": [{"namespaceSelector": selector}]}]})
    after = rewritten(names, obj)["spec"]["ingress"][0]["from"][0]["namespaceSelector"]
    assert after["matchLabels"] == {NAME: "kit", "own": "shop"}
    assert after["matchExpressions"][0]["values"] == ["store", "x"]


def test_services_of_webhooks_and_aggregated_apis_follow(names):
    hook = live(
        "a/v1", "ValidatingWebhookConfiguration", webhooks=[{"clientConfig": {"service": {"namespace": "tools"}}}]
    )
    assert rewritten(names, hook)["webhooks"][0]["clientConfig"]["service"]["namespace"] == "kit"
    api = live("a/v1", "APIService", spec={"service": {"namespace": "shop", "name": "a"}})
    assert rewritten(names, api)["spec"]["service"]["namespace"] == "store"


def test_names_within_the_clusters_dns_follow_where_a_field_says_so(names):
    obj = live("v1", "Service", spec={"externalName": "db.tools.svc.cluster.local"})
    assert rewritten(names, obj)["spec"]["externalName"] == "db.kit.svc.cluster.local"
    obj = live("v1", "Service", spec={"externalName": "tools.example.com"})
    assert rewritten(names, obj)["spec"]["externalName"] == "tools.example.com"


def test_affinity_and_annotations_that_name_a_namespace_follow(names):
    term = {"podAffinityTerm": {"namespaces": ["shop", "x"]}}
    obj = live("apps/v1", "Deployment", spec={"template": {"spec": {"affinity": [term]}}})
    obj["metadata"]["annotations"] = {"cert-manager.io/inject-ca-from": "tools/ca"}
    rewritten(names, obj)
    assert term["podAffinityTerm"]["namespaces"] == ["store", "x"]
    assert obj["metadata"]["annotations"] == {"cert-manager.io/inject-ca-from": "kit/ca"}


def test_what_kubectl_applied_last_follows(names):
    applied = json.dumps({"kind": "ConfigMap", "metadata": {"namespace": "shop", "name": "web"}})
    key = "kubectl.kubernetes.io/last-applied-configuration"
    obj = live("v1", "ConfigMap", metadata={"annotations": {key: applied}})
    rewritten(names, obj)
    assert json.loads(obj["metadata"]["annotations"][key])["metadata"]["namespace"] == "store"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("http://web.shop.svc:80", ["shop"]),
        ("http://web.shop.svc.cluster.local and db.tools.svc", ["shop", "tools"]),
        ("http://web.myshop.svc", []),
        ("web.shop.example.com", []),
    ],
)
def test_what_it_cannot_rewrite_is_told(names, data, expected):
    obj = rewritten(names, live("v1", "ConfigMap", data={"conf": data}))
    assert obj["data"]["conf"] == data
    assert names.left_over(canonical(obj)) == expected


def test_a_namespace_in_a_custom_objects_field_is_told(names):
    obj = rewritten(names, live("a.b/v1", "Thing", spec={"target": {"namespace": "shop"}}))
    assert names.left_over(canonical(obj)) == ["shop"]


def test_the_longest_beginning_of_an_image_wins():
    maps = {"docker.io/": "mirror/", "docker.io/library/": "mirror/lib/"}
    rewriter = Rewriter(Options.load({"image_map": maps}))
    spec = {
        "initContainers": [{"image": "docker.io/library/busybox:1"}],
        "containers": [{"image": "docker.io/team/web:1"}, {"image": "quay.io/x"}],
    }
    cron_job = live("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": {"spec": spec}}}})
    rewriter.rewrite(cron_job)
    assert spec["initContainers"][0]["image"] == "mirror/lib/busybox:1"
    assert [each["image"] for each in spec["containers"]] == ["mirror/team/web:1", "quay.io/x"]


def test_storage_classes_follow_in_claims_templates_and_quotas():
    rewriter = Rewriter(Options.load({"storage_class_map": {"gp2": "gp3"}}))
    old = {"annotations": {"volume.beta.kubernetes.io/storage-class": "gp2"}}
    claim = live("v1", "PersistentVolumeClaim", spec={"storageClassName": "gp2"}, metadata=old)
    store = live("apps/v1", "StatefulSet", spec={"volumeClaimTemplates": [{"spec": {"storageClassName": "gp2"}}]})
    quota = live(
        "v1", "ResourceQuota", spec={"hard": {"gp2.storageclass.storage.k8s.io/requests.storage": "1", "pods": "2"}}
    )
    for obj in (claim, store, quota):
        rewriter.rewrite(obj)
    assert claim["spec"]["storageClassName"] == "gp3"
    assert claim["metadata"]["annotations"] == {"volume.beta.kubernetes.io/storage-class": "gp3"}
    assert store["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "gp3"
    assert quota["spec"]["hard"] == {"gp3.storageclass.storage.k8s.io/requests.storage": "1", "pods": "2"}


def test_without_maps_nothing_changes():
    obj = live("v1", "ConfigMap", data={"conf": "web.shop.svc"})
    rewriter = Rewriter(Options.load({}))
    before = canonical(obj)
    rewriter.rewrite(obj)
    assert canonical(obj) == before
    assert rewriter.left_over(before) == []
