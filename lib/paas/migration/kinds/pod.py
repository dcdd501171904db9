"""Bare Pods."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds import templates
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105 - a prefix of volume names
_INJECTED_TOLERATIONS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


class Pod(Kind):
    """A Pod that nobody but a person made."""

    kinds = (("", "Pod"),)
    wave = Wave.WORKLOADS
    says = (
        "bare ones only, with `include_pods`, without `nodeName`, token volumes and injected defaults; "
        "mirror Pods and finished ones stay behind"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """A kubelet's own, or one that has done its work."""
        if "kubernetes.io/config.mirror" in (obj["metadata"].get("annotations") or {}):
            return "mirror Pod"
        return "finished" if (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed") else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Take out what admission and the scheduler put in."""
        spec = obj["spec"]
        for field in ("nodeName", "priority", "serviceAccount", "ephemeralContainers"):
            spec.pop(field, None)
        if spec.get("preemptionPolicy") == "PreemptLowerPriority":
            del spec["preemptionPolicy"]
        if spec.get("serviceAccountName") == "default":
            del spec["serviceAccountName"]
        token_volumes = {
            volume["name"]
            for volume in spec.get("volumes") or ()
            if volume["name"].startswith(_TOKEN_VOLUME) and "projected" in volume
        }
        token_volumes |= _old_token_volumes(spec, obj["metadata"].get("namespace", ""), facts)
        _keep(spec, "volumes", [each for each in spec.get("volumes") or () if each["name"] not in token_volumes])
        for container in templates.containers(spec):
            mounts = [each for each in container.get("volumeMounts") or () if each["name"] not in token_volumes]
            _keep(container, "volumeMounts", mounts)
        _keep(spec, "tolerations", [each for each in spec.get("tolerations") or () if not _injected(each)])


def _old_token_volumes(spec: Json, namespace: str, facts: Facts) -> set[str]:
    """Before 1.21 the token came as a volume from a generated Secret."""
    named = {v["name"]: v["secret"].get("secretName") for v in spec.get("volumes") or () if v.get("secret")}
    if not named:
        return set()
    tokens = facts.token_secrets(namespace)
    return {volume for volume, secret in named.items() if secret in tokens}


def _injected(toleration: Json) -> bool:
    return toleration.get("key") in _INJECTED_TOLERATIONS and toleration.get("tolerationSeconds") == 300


def _keep(holder: Json, field: str, values: list[Json]) -> None:
    if values:
        holder[field] = values
    else:
        holder.pop(field, None)
