"""Jobs and CronJobs."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds import templates
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")
_NAMES = ("job-name", "batch.kubernetes.io/job-name")


class Job(Kind):
    """Work that is done once."""

    kinds = (("batch", "Job"),)
    wave = Wave.WORKLOADS
    fixed = ("spec.selector", "spec.template.metadata")
    says = (
        "not when complete, failed or made by a CronJob; the generated selector and its labels dropped, "
        "so that the other cluster makes its own"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """What is done must not be done again."""
        for condition in (obj.get("status") or {}).get("conditions") or ():
            if condition.get("status") == "True" and condition.get("type") in ("Complete", "Failed"):
                return "finished"
        owners = obj["metadata"].get("ownerReferences") or ()
        return "made by a CronJob" if any(owner.get("kind") == "CronJob" for owner in owners) else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The selector is the old uid's, but where somebody wrote it."""
        spec = obj["spec"]
        metadata = obj["metadata"]
        annotations = metadata.get("annotations") or {}
        annotations.pop("batch.kubernetes.io/job-tracking", None)
        template = spec.get("template") or {}
        if not spec.get("manualSelector"):
            spec.pop("selector", None)
            spec.pop("manualSelector", None)
            for labels in (metadata.get("labels") or {}, (template.get("metadata") or {}).get("labels") or {}):
                for name in (*_UIDS, *_NAMES):
                    labels.pop(name, None)
        templates.scrub(template)


class CronJob(Kind):
    """Work that is done again and again."""

    kinds = (("batch", "CronJob"),)
    wave = Wave.SCHEDULES
    held_by = "schedules"
    says = (
        "arrives suspended (`schedules: suspend`), for two clusters must not run one schedule; its own value is kept "
        "in an annotation until `migrate_release`"
    )

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Templates in a template."""
        job = obj["spec"].get("jobTemplate") or {}
        templates.scrub(job)
        templates.scrub((job.get("spec") or {}).get("template"))

    def held_values(self, obj: Json) -> Json:
        """Not here, not yet."""
        return {"spec.suspend": True}
