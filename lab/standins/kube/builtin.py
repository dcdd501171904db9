"""The kinds that a server has of its own, of 1.36 and of 1.7, as one table each."""

from __future__ import annotations

from .kinds import ALL_VERBS, CREATE_ONLY, Kind

# A group and version, then its resources: plural, kind, short names (- for none) and flags:
# c cluster-scoped, s status, g counts its generation, x scale, r only read, o only created.
_CURRENT = """
v1
  bindings Binding - o
  componentstatuses ComponentStatus cs cr
  configmaps ConfigMap cm
  endpoints Endpoints ep
  events Event ev
  limitranges LimitRange limits
  namespaces Namespace ns cs
  nodes Node no cs
  persistentvolumeclaims PersistentVolumeClaim pvc s
  persistentvolumes PersistentVolume pv cs
  pods Pod po sg
  podtemplates PodTemplate - g
  replicationcontrollers ReplicationController rc sgx
  resourcequotas ResourceQuota quota s
  secrets Secret
  serviceaccounts ServiceAccount sa
  services Service svc s
apps/v1
  controllerrevisions ControllerRevision
  daemonsets DaemonSet ds sg
  deployments Deployment deploy sgx
  replicasets ReplicaSet rs sgx
  statefulsets StatefulSet sts sgx
batch/v1
  cronjobs CronJob cj sg
  jobs Job - sg
autoscaling/v2
  horizontalpodautoscalers HorizontalPodAutoscaler hpa s
policy/v1
  poddisruptionbudgets PodDisruptionBudget pdb sg
networking.k8s.io/v1
  ingressclasses IngressClass - cg
  ingresses Ingress ing sg
  ipaddresses IPAddress ip c
  networkpolicies NetworkPolicy netpol g
  servicecidrs ServiceCIDR - cs
rbac.authorization.k8s.io/v1
  clusterrolebindings ClusterRoleBinding - c
  clusterroles ClusterRole - c
  rolebindings RoleBinding
  roles Role
storage.k8s.io/v1
  csidrivers CSIDriver - c
  csinodes CSINode - c
  csistoragecapacities CSIStorageCapacity
  storageclasses StorageClass sc c
  volumeattachments VolumeAttachment - cs
scheduling.k8s.io/v1
  priorityclasses PriorityClass pc cg
admissionregistration.k8s.io/v1
  mutatingwebhookconfigurations MutatingWebhookConfiguration - cg
  validatingadmissionpolicies ValidatingAdmissionPolicy - csg
  validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding - cg
  validatingwebhookconfigurations ValidatingWebhookConfiguration - cg
apiextensions.k8s.io/v1
  customresourcedefinitions CustomResourceDefinition crd,crds csg
apiregistration.k8s.io/v1
  apiservices APIService - cs
coordination.k8s.io/v1
  leases Lease
discovery.k8s.io/v1
  endpointslices EndpointSlice - g
events.k8s.io/v1
  events Event ev
certificates.k8s.io/v1
  certificatesigningrequests CertificateSigningRequest csr cs
node.k8s.io/v1
  runtimeclasses RuntimeClass - c
flowcontrol.apiserver.k8s.io/v1
  flowschemas FlowSchema - csg
  prioritylevelconfigurations PriorityLevelConfiguration - csg
authentication.k8s.io/v1
  selfsubjectreviews SelfSubjectReview - co
  tokenreviews TokenReview - co
authorization.k8s.io/v1
  localsubjectaccessreviews LocalSubjectAccessReview - o
  selfsubjectaccessreviews SelfSubjectAccessReview - co
  selfsubjectrulesreviews SelfSubjectRulesReview - co
  subjectaccessreviews SubjectAccessReview - co
"""

_OF_1_7 = """
v1
  bindings Binding - o
  componentstatuses ComponentStatus cs cr
  configmaps ConfigMap cm
  endpoints Endpoints ep
  events Event ev
  limitranges LimitRange limits
  namespaces Namespace ns cs
  nodes Node no cs
  persistentvolumeclaims PersistentVolumeClaim pvc s
  persistentvolumes PersistentVolume pv cs
  pods Pod po s
  podtemplates PodTemplate
  replicationcontrollers ReplicationController rc sgx
  resourcequotas ResourceQuota quota s
  secrets Secret
  serviceaccounts ServiceAccount sa
  services Service svc s
extensions/v1beta1
  daemonsets DaemonSet ds sg
  deployments Deployment deploy sgx
  ingresses Ingress ing sg
  networkpolicies NetworkPolicy netpol g
  podsecuritypolicies PodSecurityPolicy psp c
  replicasets ReplicaSet rs sgx
  thirdpartyresources ThirdPartyResource - c
apps/v1beta1
  controllerrevisions ControllerRevision
  deployments Deployment deploy sgx
  statefulsets StatefulSet - sg
autoscaling/v1
  horizontalpodautoscalers HorizontalPodAutoscaler hpa s
batch/v1
  jobs Job - sg
batch/v2alpha1
  cronjobs CronJob - sg
policy/v1beta1
  poddisruptionbudgets PodDisruptionBudget pdb sg
networking.k8s.io/v1
  networkpolicies NetworkPolicy netpol g
rbac.authorization.k8s.io/v1beta1
  clusterrolebindings ClusterRoleBinding - c
  clusterroles ClusterRole - c
  rolebindings RoleBinding
  roles Role
storage.k8s.io/v1
  storageclasses StorageClass sc c
certificates.k8s.io/v1beta1
  certificatesigningrequests CertificateSigningRequest csr cs
authentication.k8s.io/v1
  tokenreviews TokenReview - co
authorization.k8s.io/v1
  localsubjectaccessreviews LocalSubjectAccessReview - o
  selfsubjectaccessreviews SelfSubjectAccessReview - co
  subjectaccessreviews SubjectAccessReview - co
"""

# Resources that two groups serve from one store: (group, plural) -> the table they share.
_SHARED = {
    ("events.k8s.io", "events"): "/events",
    ("extensions", "deployments"): "apps/deployments",
    ("extensions", "daemonsets"): "apps/daemonsets",
    ("extensions", "replicasets"): "apps/replicasets",
    ("extensions", "networkpolicies"): "networking.k8s.io/networkpolicies",
    ("extensions", "ingresses"): "networking.k8s.io/ingresses",
}
_CATEGORY_ALL = frozenset(
    {"pods", "replicationcontrollers", "services", "daemonsets", "deployments", "replicasets", "statefulsets",
    "cronjobs",
     "jobs", "horizontalpodautoscalers"}
)  # fmt: skip
_SUBRESOURCES = {
    "namespaces": ("finalize",),
    "serviceaccounts": ("token",),
    "pods": ("binding", "eviction", "log"),
    "certificatesigningrequests": ("approval",),
}
_SINGULAR = {"endpoints": "endpoints", "ingresses": "ingress", "componentstatuses": "componentstatus"}


def kinds(version: str) -> list[Kind]:
    """The kinds of a server of this version (`1.36` or `1.7`)."""
    found: list[Kind] = []
    group = api_version = ""
    for line in (_OF_1_7 if version == "1.7" else _CURRENT).strip().splitlines():
        if not line.startswith(" "):
            group, _, api_version = line.rpartition("/")
            continue
        plural, kind, *rest = line.split()
        shorts = rest[0] if rest else "-"
        flags = rest[1] if len(rest) > 1 else ""
        found.append(_kind(group, api_version, plural, kind, "" if shorts == "-" else shorts, flags))
    return found


def _kind(group: str, version: str, plural: str, kind: str, shorts: str, flags: str) -> Kind:
    verbs: tuple[str, ...] = ALL_VERBS
    if "r" in flags:
        verbs = ("get", "list")
    elif "o" in flags:
        verbs = CREATE_ONLY
    elif plural == "namespaces" and not group:
        verbs = tuple(verb for verb in ALL_VERBS if verb != "deletecollection")
    subresources = [*(("status",) if "s" in flags else ()), *(("scale",) if "x" in flags else ())]
    subresources += _SUBRESOURCES.get(plural, ())
    return Kind(
        group, version, plural, kind,
        namespaced="c" not in flags,
        singular=_SINGULAR.get(plural, kind.lower()),
        short_names=tuple(filter(None, shorts.split(","))),
        categories=("all",) if plural in _CATEGORY_ALL else (),
        verbs=verbs,
        subresources=tuple(subresources),
        table=_SHARED.get((group, plural), f"{group}/{plural}"),
        generation="g" in flags,
        storage=(group, plural) not in _SHARED,
    )  # fmt: skip
