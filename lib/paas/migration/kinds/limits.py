"""LimitRanges and NetworkPolicies: no rule but their place."""

from __future__ import annotations

from paas.migration.kinds.base import Kind
from paas.migration.order import Wave


class LimitRange(Kind):
    """Defaults and limits of a namespace's containers."""

    kinds = (("", "LimitRange"),)
    wave = Wave.LIMITS
    says = "before the workloads, which take their defaults from it"


class NetworkPolicy(Kind):
    """Who may talk to whom."""

    kinds = (("networking.k8s.io", "NetworkPolicy"),)
    wave = Wave.NETWORK_POLICIES
    says = "before the workloads; namespace selectors by name are mapped by `namespace_map`"
