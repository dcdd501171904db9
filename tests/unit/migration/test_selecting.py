import pytest

from paas.errors import InvalidInput
from paas.kube import Resource
from paas.migration.facts import NoFacts
from paas.migration.kinds import rules_of
from paas.migration.options import Options
from paas.migration.selection import Selection, matches
from tests.unit.migration.objects import live

VERBS = frozenset({"get", "list", "create"})
RESOURCES = [
    Resource("", "v1", "namespaces", "Namespace", False, VERBS),
    Resource("", "v1", "configmaps", "ConfigMap", True, VERBS),
    Resource("", "v1", "pods", "Pod", True, VERBS),
    Resource("", "v1", "persistentvolumes", "PersistentVolume", False, VERBS),
    Resource("apps", "v1", "deployments", "Deployment", True, VERBS),
    Resource("apps", "v1", "replicasets", "ReplicaSet", True, VERBS),
    Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", False, VERBS),
]
BY_KIND = {resource.kind: resource for resource in RESOURCES}


def selection(**given):
    return Selection(Options.load(given), RESOURCES)


def left(chosen, obj, owner=None):
    rules = rules_of(obj["apiVersion"].rpartition("/")[0], obj["kind"])
    return chosen.leaves(obj, rules, NoFacts(), lambda reference, namespace: owner)


def owned(kind="Deployment", controller=True, api_version="apps/v1"):
    reference = {"apiVersion": api_version, "kind": kind, "name": "web", "uid": "1", "controller": controller}
    return live("apps/v1", "ReplicaSet", "web-1", metadata={"ownerReferences": [reference]}, spec={})


def taken(chosen):
    return {kind for kind, resource in BY_KIND.items() if chosen.takes_kind(resource)}


def test_everything_goes_but_volumes_and_pods():
    assert taken(selection()) == set(BY_KIND) - {"Pod", "PersistentVolume"}
    assert taken(selection(include_pods=True, include_volumes=True)) == set(BY_KIND)


def test_with_namespaces_only_what_is_in_them_goes():
    assert taken(selection(namespaces=["shop"])) == {"Namespace", "ConfigMap", "Deployment", "ReplicaSet"}
    assert "StorageClass" in taken(selection(namespaces=["shop"], include_cluster_scoped=True))
    assert "StorageClass" in taken(selection(namespaces=["shop"], kinds=["StorageClass"]))


@pytest.mark.parametrize("name", ["Deployment", "deployments", "deployments.apps"])
def test_a_kind_may_be_named_in_three_ways(name):
    assert taken(selection(kinds=[name])) == {"Namespace", "Deployment"}
    assert "Deployment" not in taken(selection(exclude_kinds=[name]))


def test_a_kind_that_the_source_does_not_serve_is_an_error():
    with pytest.raises(InvalidInput, match="`kinds` is 'Deploymint'"):
        selection(kinds=["Deploymint"])


@pytest.mark.parametrize(
    ("options", "obj", "reason"),
    [
        ({}, live("v1", "ConfigMap"), None),
        ({}, live("v1", "ConfigMap", namespace="kube-system"), "system namespace"),
        ({"namespaces": ["bank"]}, live("v1", "ConfigMap"), "namespace not selected"),
        ({"exclude_namespaces": ["shop"]}, live("v1", "ConfigMap"), "namespace not selected"),
        ({"namespaces": ["bank"]}, live("v1", "Namespace", "shop", None), "namespace not selected"),
        ({}, live("v1", "ConfigMap", metadata={"deletionTimestamp": "x"}), "being deleted"),
        ({"exclude": ["ConfigMap/web"]}, live("v1", "ConfigMap"), "excluded"),
        ({"exclude": ["*/shop/w*"]}, live("v1", "ConfigMap"), "excluded"),
        ({"exclude": ["ConfigMap/bank/web"]}, live("v1", "ConfigMap"), None),
        ({}, owned(), "owned by a controller"),
        ({}, owned(controller=False), None),
        ({}, owned("Thing", api_version="a.b/v1"), None),
        ({"exclude_kinds": ["Deployment"]}, owned(), None),
        ({"exclude": ["Deployment/web"]}, owned(), None),
    ],
)
def test_each_object_goes_or_stays_by_one_rule(options, obj, reason):
    assert left(selection(**options), obj) == reason


def test_with_labels_a_controllers_object_stays_only_where_the_controller_goes():
    chosen = selection(labels="app=web")
    assert left(chosen, owned(), owner={"metadata": {"labels": {"app": "web"}}}) == "owned by a controller"
    assert left(chosen, owned(), owner={"metadata": {"labels": {"app": "other"}}}) is None


def test_an_aggregated_api_whose_service_is_the_systems_stays():
    service = {"namespace": "kube-system", "name": "metrics-server"}
    obj = live("apiregistration.k8s.io/v1", "APIService", "v1.metrics", None, spec={"service": service})
    assert left(selection(), obj).startswith("its service is in a system namespace")


@pytest.mark.parametrize(
    ("selector", "labels", "expected"),
    [
        ("app=web", {"app": "web"}, True),
        ("app==web", {"app": "web"}, True),
        ("app=web,tier!=cache", {"app": "web"}, True),
        ("app!=web", {"app": "web"}, False),
        ("app", {"app": ""}, True),
        ("!app", {}, True),
        ("!app", {"app": "x"}, False),
        ("env in (tst, prd)", {"env": "prd"}, True),
        ("env in (tst,prd),app=web", {"env": "dev", "app": "web"}, False),
        ("env notin (tst,prd)", {}, True),
    ],
)
def test_a_selector_is_understood_as_the_server_does(selector, labels, expected):
    assert matches(selector, labels) is expected
