"""CronJobs of batch/v2alpha1 (ScheduledJob, at first) and v1beta1 to batch/v1."""

from __future__ import annotations

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json


def _to_v1(obj: Json) -> None:
    """The fields are the same."""


_CRON_JOB = Conversion("batch", "v1", "CronJob", _to_v1)
CONVERSIONS = {
    ("batch", "v2alpha1", "ScheduledJob"): _CRON_JOB,
    ("batch", "v2alpha1", "CronJob"): _CRON_JOB,
    ("batch", "v1beta1", "CronJob"): _CRON_JOB,
}
