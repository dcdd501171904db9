from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.migration.kinds import RULES, rules_of
from paas.migration.order import Wave, in_order, in_reverse

# As the specification lists it; what is in one line may come in any order.
LISTED = (
    [("apiextensions.k8s.io", "CustomResourceDefinition")],
    [("", "Namespace")],
    [("scheduling.k8s.io", "PriorityClass"), ("storage.k8s.io", "StorageClass"), ("networking.k8s.io", "IngressClass")],
    [("", "PersistentVolume")],
    [("", "PersistentVolumeClaim")],
    [("", "ServiceAccount")],
    [("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "Role")],
    [("rbac.authorization.k8s.io", "ClusterRoleBinding"), ("rbac.authorization.k8s.io", "RoleBinding")],
    [("", "Secret")],
    [("", "ConfigMap")],
    [("", "LimitRange")],
    [("networking.k8s.io", "NetworkPolicy")],
    [("", "Endpoints"), ("discovery.k8s.io", "EndpointSlice")],
    [("", "Service")],
    [("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job"), ("", "Pod")],
    [("networking.k8s.io", "Ingress")],
    [("paas.internal", "Database"), ("any.example.com", "Thing")],
    [("autoscaling", "HorizontalPodAutoscaler"), ("policy", "PodDisruptionBudget")],
    [("", "ResourceQuota")],
    [("batch", "CronJob")],
    [("apiregistration.k8s.io", "APIService")],
    [("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")],
)


@dataclass(frozen=True)
class Kinded:
    group: str
    kind: str

    @property
    def wave(self) -> Wave:
        return rules_of(self.group, self.kind).wave

    @property
    def label(self) -> str:
        return f"{self.kind.lower()}s.{self.group}"


ALL = [Kinded(*pair) for line in LISTED for pair in line]
LINE = {Kinded(*pair): number for number, line in enumerate(LISTED) for pair in line}


@given(st.permutations(ALL))
def test_any_shuffle_comes_out_in_the_listed_order(shuffled):
    lines = [LINE[each] for each in in_order(shuffled)]
    assert lines == sorted(lines)


@given(st.permutations(ALL))
def test_the_order_does_not_depend_on_where_it_began(shuffled):
    assert in_order(shuffled) == in_order(ALL)


@given(st.lists(st.sampled_from(ALL), unique=True))
def test_undo_goes_exactly_the_other_way(some):
    assert in_reverse(some) == in_order(some)[::-1]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_each_rule_says_what_it_does(rule):
    assert rule.kinds
    assert rule.says
