"""ResourceQuotas."""

from __future__ import annotations

from paas.migration.kinds.base import Kind
from paas.migration.order import Wave


class ResourceQuota(Kind):
    """How much a namespace may use."""

    kinds = (("", "ResourceQuota"),)
    wave = Wave.QUOTAS
    says = "after the workloads, so that one exactly as large as its use stops nothing on the way"
