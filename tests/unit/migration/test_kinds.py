import copy
import json

import pytest

from paas.migration.facts import NoFacts
from paas.migration.kinds import NEVER, rules_of
from paas.migration.kinds.database import CLAIM
from paas.migration.scrub import scrub
from tests.unit.migration.objects import live

RBAC = "rbac.authorization.k8s.io"
LEADER = {"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}
BOOTSTRAP = {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}


class Known(NoFacts):
    """A namespace with a ServiceAccount `app` whose token the cluster made, and a Service with a selector."""

    def service_account(self, namespace, name):
        return {"metadata": {"name": "app"}, "secrets": [{"name": "app-token-abcde"}]} if name == "app" else None

    def token_secrets(self, namespace):
        return frozenset({"app-token-abcde"})

    def has_selector(self, namespace, service):
        return {"web": True, "manual": False}.get(service)


def rules(obj):
    return rules_of(obj["apiVersion"].rpartition("/")[0], obj["kind"])


def reason(obj):
    return rules(obj).leaves(obj, Known())


def scrubbed(obj):
    obj = copy.deepcopy(obj)
    scrub(obj, kind=rules(obj), facts=Known())
    return obj


def token(name, account):
    return live(
        "v1",
        "Secret",
        name,
        type="kubernetes.io/service-account-token",
        data={"token": "eA==", "ca.crt": "eA==", "namespace": "eA==", "extra": "eA=="},
        metadata={
            "annotations": {
                "kubernetes.io/service-account.name": account,
                "kubernetes.io/service-account.uid": "1",
                "own": "x",
            }
        },
    )


def slice_of(manager):
    labels = {"endpointslice.kubernetes.io/managed-by": manager}
    return live("discovery.k8s.io/v1", "EndpointSlice", metadata={"labels": labels})


@pytest.mark.parametrize(
    ("obj", "left"),
    [
        (live("v1", "Namespace", "kube-system", None), True),
        (live("v1", "Namespace", "shop", None), False),
        (live("v1", "ConfigMap", "kube-root-ca.crt"), True),
        (live("v1", "ConfigMap", "settings"), False),
        (live("v1", "ServiceAccount", "default"), True),
        (live("v1", "ServiceAccount", "default", secrets=[{"name": "app-token-abcde"}]), True),
        (live("v1", "ServiceAccount", "default", imagePullSecrets=[{"name": "registry"}]), False),
        (live("v1", "ServiceAccount", "default", metadata={"annotations": {"role": "arn"}}), False),
        (live("v1", "ServiceAccount", "app"), False),
        (token("app-token-abcde", "app"), True),
        (token("made-by-a-person", "app"), False),
        (token("of-nobody", "gone"), True),
        (live("v1", "Secret", "app-token-x", type="Opaque"), False),
        (live("v1", "Secret", "sh.helm.release.v1.web.v1", type="helm.sh/release.v1"), False),
        (live("v1", "Secret", "bootstrap", type="bootstrap.kubernetes.io/token"), True),
        (live("v1", "Service", "kubernetes", "default", spec={}), True),
        (live("v1", "Service", "kubernetes", "shop", spec={}), False),
        (live("v1", "Endpoints", "web"), True),
        (live("v1", "Endpoints", "manual"), False),
        (live("v1", "Endpoints", "alone"), False),
        (live("v1", "Endpoints", "manual", metadata={"labels": {"endpoints.kubernetes.io/managed-by": "x"}}), True),
        (live("v1", "Endpoints", "lock", metadata=LEADER), True),
        (slice_of("endpointslice-controller.k8s.io"), True),
        (slice_of("endpointslicemirroring-controller.k8s.io"), True),
        (slice_of("staff"), False),
        (live(f"{RBAC}/v1", "ClusterRole", "system:node", None), True),
        (live(f"{RBAC}/v1", "ClusterRole", "edit", None, metadata=BOOTSTRAP), True),
        (live(f"{RBAC}/v1", "ClusterRoleBinding", "system:node", None), True),
        (live(f"{RBAC}/v1", "RoleBinding", "readers"), False),
        (live("scheduling.k8s.io/v1", "PriorityClass", "system-node-critical", None), True),
        (live("scheduling.k8s.io/v1", "PriorityClass", "urgent", None), False),
        (
            live(
                "flowcontrol.apiserver.k8s.io/v1",
                "FlowSchema",
                "probes",
                None,
                metadata={"annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}},
            ),
            True,
        ),
        (live("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "mine", None), False),
        (live("apiregistration.k8s.io/v1", "APIService", "v1.apps", None, spec={}), True),
        (live("apiregistration.k8s.io/v1", "APIService", "v1.metrics", None, spec={"service": {"name": "m"}}), False),
        (
            live(
                "apiregistration.k8s.io/v1",
                "APIService",
                "v1.shop",
                None,
                spec={},
                metadata={"labels": {"kube-aggregator.kubernetes.io/automanaged": "true"}},
            ),
            True,
        ),
        (live("batch/v1", "Job", status={"conditions": [{"type": "Complete", "status": "True"}]}), True),
        (live("batch/v1", "Job", status={"conditions": [{"type": "Failed", "status": "True"}]}), True),
        (live("batch/v1", "Job", status={"conditions": [{"type": "Suspended", "status": "True"}]}), False),
        (live("batch/v1", "Job", metadata={"ownerReferences": [{"kind": "CronJob"}]}), True),
        (live("v1", "Pod", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}), True),
        (live("v1", "Pod", status={"phase": "Succeeded"}), True),
        (live("v1", "Pod", status={"phase": "Running"}), False),
        (live("paas.internal/v1", "Database", status={}), True),
        (live("paas.internal/v1", "Database", status={"claim": "shop-orders-k3f7q2m4xa"}), False),
    ],
    ids=lambda value: f"{value['kind']}-{value['metadata']['name']}" if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_a_cluster_made_for_itself_stays_behind(obj, left):
    assert (reason(obj) is not None) is left


@pytest.mark.parametrize(
    "pair", [("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease"), ("", "Node"),
             ("apps", "ControllerRevision"), ("networking.k8s.io", "IPAddress"), ("networking.k8s.io", "ServiceCIDR"),
             ("resource.k8s.io", "ResourceSlice"), ("certificates.k8s.io", "CertificateSigningRequest")]
)  # fmt: skip
def test_some_kinds_are_not_even_read(pair):
    assert pair in NEVER


def test_a_users_token_secret_goes_without_what_the_cluster_filled_in():
    obj = scrubbed(token("made-by-a-person", "app"))
    assert obj["data"] == {"extra": "eA=="}
    assert obj["metadata"]["annotations"] == {"kubernetes.io/service-account.name": "app", "own": "x"}


def test_a_service_account_loses_its_generated_tokens_only():
    obj = live("v1", "ServiceAccount", "app", secrets=[{"name": "app-token-abcde"}, {"name": "own"}])
    assert scrubbed(obj)["secrets"] == [{"name": "own"}]


def service(**spec):
    return live("v1", "Service", spec=spec)


def managed(fields, **entry):
    return [{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": fields}, **entry}]


def test_a_headless_service_stays_headless_and_another_loses_its_address():
    assert scrubbed(service(clusterIP="None", clusterIPs=["None"]))["spec"] == {
        "clusterIP": "None",
        "clusterIPs": ["None"],
    }
    assert scrubbed(service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"], ipFamilies=["IPv4"]))["spec"] == {}


def test_a_node_port_that_somebody_chose_is_kept_as_managed_fields_tell():
    ports = [{"port": 80, "nodePort": 30080}, {"port": 81, "protocol": "UDP", "nodePort": 30081}]
    obj = service(type="NodePort", ports=copy.deepcopy(ports))
    obj["metadata"]["managedFields"] = managed({"f:ports": {'k:{"port":80,"protocol":"TCP"}': {"f:nodePort": {}}}})
    assert scrubbed(obj)["spec"]["ports"] == [ports[0], {"port": 81, "protocol": "UDP"}]


def test_a_node_port_that_somebody_chose_is_kept_as_last_applied_tells():
    obj = service(type="NodePort", ports=[{"port": 80, "protocol": "TCP", "nodePort": 30080}])
    applied = {"spec": {"ports": [{"port": 80, "nodePort": 30080}]}}
    obj["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(applied)}
    assert scrubbed(obj)["spec"]["ports"][0]["nodePort"] == 30080


def test_a_node_port_that_a_controller_wrote_into_the_status_counts_for_nothing():
    obj = service(type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    obj["metadata"]["managedFields"] = managed(
        {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {"f:nodePort": {}}}}, subresource="status"
    )
    assert "nodePort" not in scrubbed(obj)["spec"]["ports"][0]


def test_a_health_check_port_and_ip_families_are_kept_where_somebody_chose_them():
    spec = {"healthCheckNodePort": 30100, "ipFamilies": ["IPv6"]}
    assert scrubbed(service(**spec))["spec"] == {}
    obj = service(**spec)
    obj["metadata"]["managedFields"] = managed({"f:healthCheckNodePort": {}, "f:ipFamilies": {}})
    assert scrubbed(obj)["spec"] == spec


def test_a_claim_is_unbound():
    annotations = {"pv.kubernetes.io/bind-completed": "yes", "volume.kubernetes.io/selected-node": "n", "own": "x"}
    obj = live("v1", "PersistentVolumeClaim", spec={"volumeName": "pv-1"}, metadata={"annotations": annotations})
    after = scrubbed(obj)
    assert after["spec"] == {}
    assert after["metadata"]["annotations"] == {"own": "x"}


def test_a_volume_keeps_its_claim_by_name():
    obj = live(
        "v1", "PersistentVolume", "pv-1", None, spec={"claimRef": {"namespace": "shop", "name": "data", "uid": "1"}}
    )
    assert scrubbed(obj)["spec"]["claimRef"] == {"namespace": "shop", "name": "data"}


def test_a_job_loses_the_selector_that_the_server_made():
    labels = {"controller-uid": "1", "batch.kubernetes.io/controller-uid": "1", "job-name": "web", "app": "web"}
    spec = {"selector": {"matchLabels": {"controller-uid": "1"}}, "template": {"metadata": {"labels": dict(labels)}}}
    after = scrubbed(live("batch/v1", "Job", spec=spec, metadata={"labels": dict(labels)}))
    assert "selector" not in after["spec"]
    assert after["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
    assert after["metadata"]["labels"] == {"app": "web"}


def test_a_job_keeps_the_selector_that_somebody_wrote():
    spec = {"manualSelector": True, "selector": {"matchLabels": {"app": "web"}}, "template": {}}
    assert scrubbed(live("batch/v1", "Job", spec=spec))["spec"] == spec


def test_an_ingress_with_a_class_loses_the_annotation_that_says_it_too():
    annotations = {"kubernetes.io/ingress.class": "nginx"}
    obj = live(
        "networking.k8s.io/v1", "Ingress", spec={"ingressClassName": "edge"}, metadata={"annotations": annotations}
    )
    assert "annotations" not in scrubbed(obj)["metadata"]
    obj = live("networking.k8s.io/v1", "Ingress", spec={}, metadata={"annotations": annotations})
    assert scrubbed(obj)["metadata"]["annotations"] == annotations


def test_an_injected_ca_bundle_goes_and_a_written_one_stays():
    def webhook(**annotations):
        hooks = [{"name": "a", "clientConfig": {"caBundle": "eA==", "url": "https://x"}}]
        kind = "ValidatingWebhookConfiguration"
        metadata = {"annotations": annotations}
        return live("admissionregistration.k8s.io/v1", kind, "a", None, webhooks=hooks, metadata=metadata)

    injected = scrubbed(webhook(**{"cert-manager.io/inject-ca-from": "a/b"}))
    assert "caBundle" not in injected["webhooks"][0]["clientConfig"]
    assert scrubbed(webhook(own="x"))["webhooks"][0]["clientConfig"]["caBundle"] == "eA=="


def test_a_crd_that_kept_unknown_fields_gets_an_open_schema():
    spec = {"group": "a", "preserveUnknownFields": True, "versions": [{"name": "v1"}]}
    after = scrubbed(live("apiextensions.k8s.io/v1", "CustomResourceDefinition", "a", None, spec=spec))
    assert "preserveUnknownFields" not in after["spec"]
    schema = after["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def test_a_pod_loses_what_admission_and_the_scheduler_put_in():
    spec = {
        "nodeName": "n1",
        "priority": 0,
        "preemptionPolicy": "PreemptLowerPriority",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "volumes": [
            {"name": "kube-api-access-x1", "projected": {}},
            {"name": "old", "secret": {"secretName": "app-token-abcde"}},
            {"name": "own", "emptyDir": {}},
        ],
        "containers": [
            {"name": "main", "volumeMounts": [{"name": "kube-api-access-x1"}, {"name": "own"}, {"name": "old"}]}
        ],
        "tolerations": [
            {"key": "node.kubernetes.io/not-ready", "tolerationSeconds": 300},
            {"key": "own", "operator": "Exists"},
        ],
    }
    assert scrubbed(live("v1", "Pod", spec=spec))["spec"] == {
        "volumes": [{"name": "own", "emptyDir": {}}],
        "containers": [{"name": "main", "volumeMounts": [{"name": "own"}]}],
        "tolerations": [{"key": "own", "operator": "Exists"}],
    }


def test_an_aggregated_cluster_roles_rules_are_its_controllers():
    obj = live(f"{RBAC}/v1", "ClusterRole", "all", None, aggregationRule={"x": 1}, rules=[{"verbs": ["get"]}])
    assert scrubbed(obj)["rules"] is None


def test_a_namespace_has_no_finalizers_and_no_label_of_its_name():
    obj = live(
        "v1",
        "Namespace",
        "shop",
        None,
        spec={"finalizers": ["kubernetes"]},
        metadata={"labels": {"kubernetes.io/metadata.name": "shop"}},
    )
    assert scrubbed(obj) == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


def test_an_autoscaler_of_a_gone_api_scales_the_present_one():
    target = {"apiVersion": "extensions/v1beta1", "kind": "Deployment", "name": "web"}
    obj = live("autoscaling/v1", "HorizontalPodAutoscaler", spec={"scaleTargetRef": target})
    assert scrubbed(obj)["spec"]["scaleTargetRef"]["apiVersion"] == "apps/v1"


def test_a_database_keeps_its_claim_though_its_status_goes():
    obj = live("paas.internal/v1", "Database", status={"claim": "shop-orders-k3f7q2m4xa"})
    after = scrubbed(obj)
    assert "status" not in after
    assert after["metadata"]["annotations"] == {CLAIM: "shop-orders-k3f7q2m4xa"}
