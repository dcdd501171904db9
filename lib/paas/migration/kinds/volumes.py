"""PersistentVolumes and their claims."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_BOUND_BY = "pv.kubernetes.io/bound-by-controller"
_BINDING = (
    "pv.kubernetes.io/bind-completed",
    _BOUND_BY,
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node",
    "volume.kubernetes.io/storage-resizer",
)


class PersistentVolumeClaim(Kind):
    """A claim, which finds itself a volume on the other side."""

    kinds = (("", "PersistentVolumeClaim"),)
    wave = Wave.CLAIMS
    replaceable = False
    fixed = ("spec.volumeName", "spec.storageClassName", "spec.volumeMode")
    says = "`volumeName` and the annotations of binding and provisioning dropped; never deleted to be recreated"

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Unbind it."""
        obj["spec"].pop("volumeName", None)
        for name in _BINDING:
            (obj["metadata"].get("annotations") or {}).pop(name, None)


class PersistentVolume(Kind):
    """A volume: two clusters on one disk are a hazard, so only on request."""

    kinds = (("", "PersistentVolume"),)
    wave = Wave.VOLUMES
    replaceable = False
    held_by = "volumes"
    fixed = ("spec.claimRef",)
    says = (
        "stays behind unless `include_volumes`; then its claim is kept by name, and it arrives with reclaim policy "
        "`Retain`, its own kept in an annotation, so that nothing here can delete a disk that the source still uses"
    )

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Its claim is the one of that name, whatever its uid."""
        claim = obj["spec"].get("claimRef") or {}
        for field in ("uid", "resourceVersion", "apiVersion", "kind"):
            claim.pop(field, None)
        (obj["metadata"].get("annotations") or {}).pop(_BOUND_BY, None)

    def held_values(self, obj: Json) -> Json:
        """The disk outlives whatever happens here."""
        return {"spec.persistentVolumeReclaimPolicy": "Retain"}
