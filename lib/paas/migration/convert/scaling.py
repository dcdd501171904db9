"""PodDisruptionBudgets of policy/v1beta1, and HorizontalPodAutoscalers of old versions to autoscaling/v2."""

from __future__ import annotations

from typing import Any

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json

#: The API server's own way to say in v1 what an empty selector meant in v1beta1: nothing at all.
#: https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/policy/types.go (V1beta1MatchNoneRequirement)
_MATCH_NONE = {"key": "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match", "operator": "Exists"}


def _budget(obj: Json) -> None:
    spec = obj["spec"]
    selector = spec.get("selector") or {}
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        spec["selector"] = {"matchExpressions": [dict(_MATCH_NONE)]}


def _from_v1(obj: Json) -> None:
    """One figure for the CPU was all that there was."""
    spec = obj["spec"]
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    old = spec.pop("cpuUtilization", None)  # extensions/v1beta1
    if percent is None and old:
        percent = old.get("targetPercentage")
    reference = spec.pop("scaleRef", None)
    if reference:
        reference.pop("subresource", None)
        spec.setdefault("scaleTargetRef", reference)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def _from_v2beta1(obj: Json) -> None:
    spec = obj["spec"]
    if spec.get("metrics"):
        spec["metrics"] = [_metric(each) for each in spec["metrics"]]


def _metric(old: Json) -> Json:
    kind = old.get("type", "")
    source: Json = old.get(kind[:1].lower() + kind[1:]) or {}
    if kind in ("Resource", "ContainerResource"):
        return {"type": kind, _field(kind): {**_without_targets(source), "target": _target(source)}}
    metric = {"name": source.get("metricName"), "selector": source.get("metricSelector") or source.get("selector")}
    new: Json = {
        "metric": {field: value for field, value in metric.items() if value is not None},
        "target": _target(source),
    }
    if kind == "Object":
        new["describedObject"] = source.get("target")
    return {"type": kind, _field(kind): new}


def _field(kind: str) -> str:
    return kind[:1].lower() + kind[1:]


_TARGETS: tuple[tuple[str, str, str], ...] = (
    ("targetAverageUtilization", "Utilization", "averageUtilization"),
    ("targetAverageValue", "AverageValue", "averageValue"),
    ("averageValue", "AverageValue", "averageValue"),
    ("targetValue", "Value", "value"),
)


def _target(source: Json) -> dict[str, Any]:
    for field, kind, name in _TARGETS:
        if source.get(field) is not None:
            return {"type": kind, name: source[field]}
    return {}


def _without_targets(source: Json) -> Json:
    gone = {field for field, _, _ in _TARGETS}
    return {field: value for field, value in source.items() if field not in gone}


def _same(obj: Json) -> None:
    """v2beta2 has v2's fields."""


_SCALER = "HorizontalPodAutoscaler"
CONVERSIONS = {
    ("policy", "v1beta1", "PodDisruptionBudget"): Conversion("policy", "v1", "PodDisruptionBudget", _budget),
    ("extensions", "v1beta1", _SCALER): Conversion("autoscaling", "v2", _SCALER, _from_v1),
    ("autoscaling", "v1", _SCALER): Conversion("autoscaling", "v2", _SCALER, _from_v1),
    ("autoscaling", "v2beta1", _SCALER): Conversion("autoscaling", "v2", _SCALER, _from_v2beta1),
    ("autoscaling", "v2beta2", _SCALER): Conversion("autoscaling", "v2", _SCALER, _same),
}
