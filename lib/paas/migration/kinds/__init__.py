"""The rules by kind. To add a kind: write its file, and name its class in RULES."""

from __future__ import annotations

from paas.migration.kinds.admission import APIService, Policies, Webhooks
from paas.migration.kinds.base import Kind
from paas.migration.kinds.classes import Classes, FlowControl
from paas.migration.kinds.config_map import ConfigMap
from paas.migration.kinds.crd import CustomResourceDefinition
from paas.migration.kinds.database import Database
from paas.migration.kinds.endpoints import Endpoints, EndpointSlice
from paas.migration.kinds.ingress import Ingress
from paas.migration.kinds.jobs import CronJob, Job
from paas.migration.kinds.limits import LimitRange, NetworkPolicy
from paas.migration.kinds.namespace import Namespace
from paas.migration.kinds.pod import Pod
from paas.migration.kinds.quota import ResourceQuota
from paas.migration.kinds.rbac import Bindings, Roles
from paas.migration.kinds.scaling import HorizontalPodAutoscaler, PodDisruptionBudget
from paas.migration.kinds.secret import Secret
from paas.migration.kinds.service import Service
from paas.migration.kinds.service_account import ServiceAccount
from paas.migration.kinds.volumes import PersistentVolume, PersistentVolumeClaim
from paas.migration.kinds.workloads import ScaledWorkload, Workload

RULES: tuple[Kind, ...] = (
    CustomResourceDefinition(),
    Namespace(),
    Classes(),
    FlowControl(),
    PersistentVolume(),
    PersistentVolumeClaim(),
    ServiceAccount(),
    Roles(),
    Bindings(),
    Secret(),
    ConfigMap(),
    LimitRange(),
    NetworkPolicy(),
    Endpoints(),
    EndpointSlice(),
    Service(),
    ScaledWorkload(),
    Workload(),
    Job(),
    Pod(),
    Ingress(),
    Database(),
    HorizontalPodAutoscaler(),
    PodDisruptionBudget(),
    ResourceQuota(),
    CronJob(),
    APIService(),
    Webhooks(),
    Policies(),
)

_BY_KIND = {pair: rule for rule in RULES for pair in rule.kinds}
_OTHER = Kind()

#: Kinds that a cluster makes for itself; they are not even read.
NEVER: dict[tuple[str, str], str] = {
    ("", "Event"): "history",
    ("events.k8s.io", "Event"): "history",
    ("", "Node"): "a machine of the cluster",
    ("", "ComponentStatus"): "health of the cluster",
    ("apps", "ControllerRevision"): "made by a controller",
    ("coordination.k8s.io", "Lease"): "who leads, and which node is alive",
    ("coordination.k8s.io", "LeaseCandidate"): "who leads",
    ("storage.k8s.io", "CSINode"): "a machine of the cluster",
    ("storage.k8s.io", "VolumeAttachment"): "a machine of the cluster",
    ("storage.k8s.io", "CSIStorageCapacity"): "a machine of the cluster",
    ("resource.k8s.io", "ResourceSlice"): "a machine of the cluster",
    ("networking.k8s.io", "IPAddress"): "given out by the cluster",
    ("networking.k8s.io", "ServiceCIDR"): "given out by the cluster",
    ("certificates.k8s.io", "CertificateSigningRequest"): "signed by the cluster's own authority",
    ("certificates.k8s.io", "PodCertificateRequest"): "signed by the cluster's own authority",
    ("internal.apiserver.k8s.io", "StorageVersion"): "made by the API server",
    ("storagemigration.k8s.io", "StorageVersionMigration"): "the cluster's own housekeeping",
}


def rules_of(group: str, kind: str) -> Kind:
    """The rules of a kind; a kind without its own gets the general ones."""
    return _BY_KIND.get((group, kind), _OTHER)
