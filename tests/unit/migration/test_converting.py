import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.migration.convert import CONVERSIONS, MOVED, WITHOUT_SUCCESSOR
from paas.migration.convert.definitions import names_of
from paas.migration.kinds import rules_of


def converted(api_version, kind, **fields):
    group, _, version = api_version.rpartition("/")
    obj = {"apiVersion": api_version, "kind": kind, "metadata": fields.pop("metadata", {"name": "web"}), **fields}
    CONVERSIONS[group, version, kind](obj)
    return obj


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("extensions/v1beta1", "Deployment"),
        ("extensions/v1beta1", "DaemonSet"),
        ("extensions/v1beta1", "ReplicaSet"),
        ("apps/v1beta1", "Deployment"),
        ("apps/v1beta1", "StatefulSet"),
        ("apps/v1beta2", "DaemonSet"),
    ],
)
def test_a_workload_of_old_gets_the_selector_that_it_had_by_default(api_version, kind):
    template = {"metadata": {"labels": {"app": "web"}}}
    obj = converted(api_version, kind, spec={"template": template, "rollbackTo": {}, "templateGeneration": 2})
    assert (obj["apiVersion"], obj["kind"]) == ("apps/v1", kind)
    assert obj["spec"] == {"template": template, "selector": {"matchLabels": {"app": "web"}}}


def test_a_selector_that_somebody_wrote_is_kept():
    selector = {"matchLabels": {"tier": "a"}}
    obj = converted("extensions/v1beta1", "Deployment", spec={"selector": selector, "template": {}})
    assert obj["spec"]["selector"] == selector


@pytest.mark.parametrize("group", ["extensions", "networking.k8s.io"])
def test_an_ingress_names_its_service_and_port_as_v1_does(group):
    paths = [
        {"path": "/a", "backend": {"serviceName": "web", "servicePort": 80}},
        {"path": "/b", "pathType": "Exact", "backend": {"serviceName": "web", "servicePort": "http"}},
        {"backend": {"resource": {"kind": "Bucket", "name": "b"}}},
    ]
    spec = {"backend": {"serviceName": "rest", "servicePort": "8080"}, "rules": [{"http": {"paths": paths}}]}
    obj = converted(f"{group}/v1beta1", "Ingress", spec=spec)
    assert obj["apiVersion"] == "networking.k8s.io/v1"
    assert obj["spec"]["defaultBackend"] == {"service": {"name": "rest", "port": {"number": 8080}}}
    assert "backend" not in obj["spec"]
    a, b, c = obj["spec"]["rules"][0]["http"]["paths"]
    assert a["backend"] == {"service": {"name": "web", "port": {"number": 80}}}
    assert a["pathType"] == "ImplementationSpecific"
    assert b["backend"] == {"service": {"name": "web", "port": {"name": "http"}}}
    assert b["pathType"] == "Exact"
    assert c["backend"] == {"resource": {"kind": "Bucket", "name": "b"}}


@pytest.mark.parametrize(
    ("version", "kind"), [("v2alpha1", "CronJob"), ("v2alpha1", "ScheduledJob"), ("v1beta1", "CronJob")]
)
def test_a_cron_job_of_any_version_is_one_of_batch_v1(version, kind):
    obj = converted(f"batch/{version}", kind, spec={"schedule": "* * * * *"})
    assert (obj["apiVersion"], obj["kind"]) == ("batch/v1", "CronJob")


@pytest.mark.parametrize("selector", [None, {}, {"matchLabels": {}}])
def test_a_disruption_budgets_empty_selector_still_selects_nothing(selector):
    obj = converted("policy/v1beta1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": selector})
    (expression,) = obj["spec"]["selector"]["matchExpressions"]
    assert expression["operator"] == "Exists"
    assert expression["key"].startswith("pdb.kubernetes.io/deprecated")


def test_a_disruption_budgets_selector_is_kept():
    selector = {"matchLabels": {"app": "web"}}
    assert (
        converted("policy/v1beta1", "PodDisruptionBudget", spec={"selector": selector})["spec"]["selector"] == selector
    )


def test_an_autoscaler_of_v1_keeps_its_one_figure():
    spec = {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70, "scaleTargetRef": {"name": "web"}}
    obj = converted("autoscaling/v1", "HorizontalPodAutoscaler", spec=spec)
    target = {"type": "Utilization", "averageUtilization": 70}
    assert obj["spec"]["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def test_an_autoscaler_of_extensions_names_its_target_as_the_others_do():
    spec = {
        "scaleRef": {"kind": "Deployment", "name": "web", "subresource": "scale"},
        "cpuUtilization": {"targetPercentage": 9},
    }
    obj = converted("extensions/v1beta1", "HorizontalPodAutoscaler", spec=spec)
    assert obj["spec"]["scaleTargetRef"] == {"kind": "Deployment", "name": "web"}
    assert obj["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 9


def test_an_autoscaler_of_v2beta1_has_its_metrics_put_as_v2_does():
    metrics = [
        {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 50}},
        {"type": "Pods", "pods": {"metricName": "hits", "targetAverageValue": "10"}},
        {
            "type": "Object",
            "object": {"metricName": "q", "targetValue": "5", "target": {"kind": "Service", "name": "web"}},
        },
        {"type": "External", "external": {"metricName": "e", "metricSelector": {"a": 1}, "targetValue": "7"}},
    ]
    obj = converted("autoscaling/v2beta1", "HorizontalPodAutoscaler", spec={"metrics": metrics})
    assert obj["spec"]["metrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
        {
            "type": "Pods",
            "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "10"}},
        },
        {
            "type": "Object",
            "object": {
                "metric": {"name": "q"},
                "target": {"type": "Value", "value": "5"},
                "describedObject": {"kind": "Service", "name": "web"},
            },
        },
        {
            "type": "External",
            "external": {"metric": {"name": "e", "selector": {"a": 1}}, "target": {"type": "Value", "value": "7"}},
        },
    ]


def test_a_crd_of_v1beta1_says_per_version_what_it_said_once():
    spec = {
        "group": "a.b",
        "version": "v1",
        "names": {"kind": "A", "plural": "as"},
        "scope": "Namespaced",
        "validation": {"openAPIV3Schema": {"type": "object"}},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [{"name": "Age", "JSONPath": ".x"}],
        "conversion": {"strategy": "Webhook", "webhookClientConfig": {"url": "u"}, "conversionReviewVersions": ["v1"]},
        "preserveUnknownFields": False,
    }
    obj = converted("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", spec=spec)
    (version,) = obj["spec"]["versions"]
    assert version["schema"] == {"openAPIV3Schema": {"type": "object"}}
    assert version["subresources"] == {"status": {}}
    assert version["additionalPrinterColumns"] == [{"name": "Age", "jsonPath": ".x"}]
    assert (version["served"], version["storage"]) == (True, True)
    assert obj["spec"]["conversion"]["webhook"] == {"clientConfig": {"url": "u"}, "conversionReviewVersions": ["v1"]}
    assert not {"validation", "version", "subresources", "additionalPrinterColumns"} & set(obj["spec"])


def test_a_crd_of_v1beta1_without_schema_takes_everything():
    spec = {"group": "a.b", "version": "v1", "names": {"kind": "A", "plural": "as"}}
    obj = converted("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", spec=spec)
    schema = obj["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema["x-kubernetes-preserve-unknown-fields"] is True


def test_a_third_party_resource_becomes_a_crd():
    metadata = {"name": "cron-tab.stable.example.com"}
    obj = converted(
        "extensions/v1beta1", "ThirdPartyResource", metadata=metadata, versions=[{"name": "v1"}], description="x"
    )
    assert obj["kind"] == "CustomResourceDefinition"
    assert obj["metadata"]["name"] == "crontabs.stable.example.com"
    assert obj["spec"]["names"] == {
        "kind": "CronTab",
        "listKind": "CronTabList",
        "plural": "crontabs",
        "singular": "crontab",
    }
    assert obj["spec"]["scope"] == "Namespaced"
    assert not {"versions", "description"} & set(obj)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cron-tab.stable.example.com", ("CronTab", "stable.example.com", "crontabs")),
        ("policy.a.b", ("Policy", "a.b", "policies")),
        ("bus.a.b", ("Bus", "a.b", "buses")),
        ("mysql-db.paas.internal", ("MysqlDb", "paas.internal", "mysqldbs")),
    ],
)
def test_a_third_party_name_stands_for_kind_group_and_plural(name, expected):
    assert names_of(name) == expected


def test_old_webhooks_say_what_v1_wants_said():
    obj = converted(
        "admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", webhooks=[{"sideEffects": "Unknown"}]
    )
    (hook,) = obj["webhooks"]
    assert hook["sideEffects"] == "NoneOnDryRun"
    assert (hook["failurePolicy"], hook["admissionReviewVersions"]) == ("Ignore", ["v1beta1"])


def test_an_old_endpoint_slices_topology_is_told_in_fields():
    topology = {"kubernetes.io/hostname": "n1", "topology.kubernetes.io/zone": "z", "own": "x"}
    obj = converted(
        "discovery.k8s.io/v1beta1", "EndpointSlice", endpoints=[{"addresses": ["1.1.1.1"], "topology": topology}]
    )
    endpoint = {"addresses": ["1.1.1.1"], "nodeName": "n1", "zone": "z", "deprecatedTopology": {"own": "x"}}
    assert obj["endpoints"] == [endpoint]


def test_old_rbac_names_no_api_version_in_its_subjects():
    subjects = [{"kind": "User", "name": "a", "apiVersion": "x"}]
    obj = converted("rbac.authorization.k8s.io/v1alpha1", "RoleBinding", subjects=subjects)
    assert obj["subjects"] == [{"kind": "User", "name": "a"}]


def test_every_conversion_ends_at_a_kind_whose_rules_are_known():
    for conversion in CONVERSIONS.values():
        assert rules_of(conversion.group, conversion.kind).kinds, conversion


def test_a_kind_that_moved_is_known_by_its_present_home():
    assert MOVED["extensions", "Deployment"] == ("apps", "Deployment")
    assert MOVED["extensions", "Ingress"] == ("networking.k8s.io", "Ingress")
    assert ("extensions", "ThirdPartyResource") not in MOVED
    assert ("policy", "PodSecurityPolicy") in WITHOUT_SUCCESSOR


@given(st.sampled_from(sorted(CONVERSIONS)))
def test_a_conversion_survives_the_barest_object(key):
    group, version, kind = key
    names = {"group": "a", "version": "v1", "names": {"kind": "A", "plural": "as"}}
    obj = {
        "apiVersion": f"{group}/{version}",
        "kind": kind,
        "metadata": {"name": "a.b.c"},
        "spec": copy.deepcopy(names),
    }
    CONVERSIONS[key](obj)
    assert obj["apiVersion"] == CONVERSIONS[key].api_version
