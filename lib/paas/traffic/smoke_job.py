"""Smoke tests as a Job in the cluster: one run of a CronJob's template, waited for, and cleaned up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from paas.errors import NotFound, ServerError
from paas.kube import Client
from paas.traffic.pace import Pace
from paas.traffic.smoke import SmokeFailed

LABEL = "paas.internal/smoke-test"
_POLL = 2.0
# What is left of a Job whose run was killed goes by itself; one that failed stays this long for its logs to be read.
_KEPT_SECONDS = 3600
_NAME_AT_MOST = 52  # of a Job's 63, which its pods add to


def smoke_job(
    kube: Client, *, namespace: str, cronjob: str, timeout: float, pace: Pace | None = None
) -> dict[str, Any]:
    """Run a CronJob's Job once, now.

    Args:
        kube: The cluster's API.
        namespace: Of the CronJob.
        cronjob: Its name; a suspended one will do.
        timeout: Seconds that the Job may take.
        pace: Time.

    Returns:
        `{"message", "job", "seconds"}`.

    Raises:
        SmokeFailed: The Job failed, or took too long; it stays for an hour, for its logs.
        NotFound: There is no such CronJob.
        ServerError: The API refused, or did not answer.
    """
    pace = pace or Pace()
    found = kube.get(kube.resources.find("batch", "CronJob").path(namespace, cronjob))
    jobs = kube.resources.find("batch", "Job")
    name = f"{cronjob[: _NAME_AT_MOST - 13]}-smoke-{uuid.uuid4().hex[:6]}"
    kube.create(jobs.path(namespace), _job(found, name, jobs.api_version))
    path, begun = jobs.path(namespace, name), pace.now()
    while True:
        ended, words = _ended(kube.get(path))
        seconds = round(pace.now() - begun, 1)
        if ended == "Complete":
            kube.delete(path, propagation="Background")
            message = f"job {namespace}/{name} completed in {seconds} s, and was deleted"
            return {"message": message, "job": f"{namespace}/{name}", "seconds": seconds}
        if ended == "Failed":
            raise SmokeFailed(f"job {namespace}/{name} failed after {seconds} s: {words}; its logs stay for an hour")
        if seconds >= timeout:
            _end(kube, path)
            raise SmokeFailed(f"job {namespace}/{name} had not ended after {seconds} s; it was deleted")
        pace.sleep(_POLL)


def _job(cronjob: Mapping[str, Any], name: str, api_version: str) -> dict[str, Any]:
    template = cronjob["spec"]["jobTemplate"]
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": api_version,
        "kind": "Job",
        "metadata": {
            "name": name,
            "labels": {**(metadata.get("labels") or {}), LABEL: cronjob["metadata"]["name"]},
            "annotations": metadata.get("annotations") or {},
        },
        "spec": {"ttlSecondsAfterFinished": _KEPT_SECONDS, **template["spec"]},
    }


def _ended(job: Mapping[str, Any]) -> tuple[str, str]:
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition.get("status") == "True" and condition.get("type") in ("Complete", "Failed"):
            return str(condition["type"]), str(condition.get("message") or condition.get("reason") or "no message")
    return "", ""


def _end(kube: Client, path: str) -> None:
    try:
        kube.delete(path, propagation="Background")
    except (NotFound, ServerError):
        return  # it ends by its ttl; that it took too long is what matters
