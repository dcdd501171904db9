"""Pod templates, wherever a kind has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paas.migration.json_types import Json


def scrub(template: Any) -> None:
    """Old servers write `creationTimestamp: null` into a template's metadata, new ones do not."""
    metadata = (template or {}).get("metadata")
    if isinstance(metadata, dict):
        if metadata.get("creationTimestamp", "") is None:
            del metadata["creationTimestamp"]
        for field in ("labels", "annotations"):
            if field in metadata and not metadata[field]:
                del metadata[field]
        if not metadata:
            del template["metadata"]


def pod_spec(obj: Json) -> Json | None:
    """The PodSpec of a Pod, or of whatever makes Pods from a template; None where there is none."""
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return None
    kind = obj.get("kind")
    if kind == "Pod":
        return spec
    if kind == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    found = (spec.get("template") or {}).get("spec") if isinstance(spec.get("template"), dict) else None
    return found if isinstance(found, dict) and "containers" in found else None


def containers(spec: Json) -> Iterator[Json]:
    """A PodSpec's containers of every sort."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or ()
