"""HorizontalPodAutoscalers and PodDisruptionBudgets."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_OBSERVED = ("autoscaling.alpha.kubernetes.io/conditions", "autoscaling.alpha.kubernetes.io/current-metrics")
_OLD_HOMES = ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2")


class HorizontalPodAutoscaler(Kind):
    """Who changes the number of replicas."""

    kinds = (("autoscaling", "HorizontalPodAutoscaler"),)
    wave = Wave.SCALING
    says = "observations in annotations dropped; a target at an API that is gone is named at `apps/v1`"

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Old servers keep the status of newer versions in annotations."""
        for name in _OBSERVED:
            (obj["metadata"].get("annotations") or {}).pop(name, None)
        target = obj["spec"].get("scaleTargetRef") or {}
        if target.get("apiVersion") in _OLD_HOMES:
            target["apiVersion"] = "apps/v1"


class PodDisruptionBudget(Kind):
    """How many may be away at once."""

    kinds = (("policy", "PodDisruptionBudget"),)
    wave = Wave.SCALING
    says = "an empty selector of v1beta1 selects nothing, and still does so as v1"
