"""Pods and what makes them: the defaults and the immutable fields that people meet."""

from __future__ import annotations

from typing import Any

from lab.standins.kube import label_selectors
from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Cause, Json, forbidden_field, invalid_value, required
from lab.standins.kube.store import clone

from . import Rule, pods

_JOB_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
_JOB_NAMES = ("batch.kubernetes.io/job-name", "job-name")


def _defaults(**values: Any) -> Any:
    def prepare(cluster: Cluster, new: Json, old: Json | None) -> None:
        spec = new.setdefault("spec", {})
        template = spec.get("template")
        old_group = new["apiVersion"].endswith("beta1") and cluster.settings.old
        if isinstance(template, dict):
            pods.default_spec(template.setdefault("spec", {}), restart="Always")
            template.setdefault("metadata", {})
            labels = template["metadata"].get("labels")
            if old_group and labels and "selector" not in spec:  # the old groups took the template's labels
                spec["selector"] = {"matchLabels": dict(labels)}
        for name, value in values.items():
            spec.setdefault(name, clone(value))
        if old is None:
            new.setdefault("status", {})

    return prepare


def _validate_workload(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    spec = new["spec"]
    causes = []
    selector = spec.get("selector") or {}
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if not selector:
        causes.append(required("spec.selector"))
    if not selector or not label_selectors.of_object(selector)({"metadata": {"labels": labels or {}}}):
        words = "`selector` does not match template `labels`"
        causes.append(invalid_value("spec.template.metadata.labels", labels, words))
    causes += pods.check_containers(template.get("spec") or {}, "spec.template.spec")
    if old is not None and selector != (old["spec"].get("selector") or {}):
        causes.append(invalid_value("spec.selector", selector, "field is immutable"))
    return causes


_STATEFUL_MUTABLE = frozenset(
    {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
     "minReadySeconds"}
)  # fmt: skip


def _validate_stateful(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    causes = list(_validate_workload(cluster, new, None))
    if old is not None:
        before = {key: part for key, part in old["spec"].items() if key not in _STATEFUL_MUTABLE}
        after = {key: part for key, part in new["spec"].items() if key not in _STATEFUL_MUTABLE}
        if before != after:
            words = (
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                "'updateStrategy', "
                "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
            causes.append(forbidden_field("spec", words))
    return causes


def _prepare_job(cluster: Cluster, new: Json, old: Json | None) -> None:
    spec = new.setdefault("spec", {})
    template = spec.setdefault("template", {})
    pods.default_spec(template.setdefault("spec", {}), restart=None)
    for name, value in (("backoffLimit", 6), ("suspend", False), ("completionMode", "NonIndexed"),
                        ("podReplacementPolicy", "TerminatingOrFailed")):  # fmt: skip
        spec.setdefault(name, value)
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("manualSelector", False)
    if old is not None:
        return
    new.setdefault("status", {})
    if not spec["manualSelector"]:
        uid, name = new["metadata"].get("uid", ""), new["metadata"].get("name", "")
        generated = {**dict.fromkeys(_JOB_LABELS, uid), **dict.fromkeys(_JOB_NAMES, name)}
        labels = template.setdefault("metadata", {}).setdefault("labels", {})
        for key, value in generated.items():
            labels.setdefault(key, value)
        new["metadata"]["labels"] = {**labels, **(new["metadata"].get("labels") or {})}
        selector = spec.setdefault("selector", {}).setdefault("matchLabels", {})
        selector.setdefault(_JOB_LABELS[0], uid)
    del cluster


def _validate_job(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    spec = new["spec"]
    causes = pods.check_containers(spec["template"].get("spec") or {}, "spec.template.spec")
    restart = spec["template"]["spec"].get("restartPolicy")
    if restart not in ("OnFailure", "Never"):
        causes.append(
            required(
                "spec.template.spec.restartPolicy",
                'valid values: "OnFailure", "Never"',
            )
            if not restart
            else Cause(
                "spec.template.spec.restartPolicy", "FieldValueNotSupported",
                f'Unsupported value: "{restart}": supported values: "OnFailure", "Never"',
            )
        )  # fmt: skip
    if old is None:
        if not spec["manualSelector"]:
            uid = new["metadata"].get("uid")
            wanted = {"matchLabels": {_JOB_LABELS[0]: uid}}
            if spec.get("selector") != wanted:
                causes.append(invalid_value("spec.selector", spec.get("selector"), "`selector` not auto-generated"))
                labels = (spec["template"].get("metadata") or {}).get("labels")
                words = "`selector` does not match template `labels`"
                causes.append(invalid_value("spec.template.metadata.labels", labels, words))
        return causes
    for field in ("selector", "template", "completionMode"):
        if spec.get(field) != old["spec"].get(field):
            causes.append(invalid_value(f"spec.{field}", spec.get(field), "field is immutable"))
    return causes


def _prepare_cron_job(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    spec = new.setdefault("spec", {})
    for name, value in (("concurrencyPolicy", "Allow"), ("suspend", False), ("successfulJobsHistoryLimit", 3),
                        ("failedJobsHistoryLimit", 1)):  # fmt: skip
        spec.setdefault(name, value)
    outer = spec.setdefault("jobTemplate", {})
    outer.setdefault("metadata", {})
    template = outer.setdefault("spec", {}).setdefault("template", {})
    template.setdefault("metadata", {})
    pods.default_spec(template.setdefault("spec", {}), restart=None)
    if old is None:
        new["status"] = {}


def _validate_cron_job(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster, old
    return [] if new["spec"].get("schedule") else [required("spec.schedule")]


_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
_WORKLOAD = Rule(prepare=_defaults(replicas=1), validate=_validate_workload)
_DEPLOYMENT = Rule(
    prepare=_defaults(replicas=1, strategy=_ROLLING, revisionHistoryLimit=10, progressDeadlineSeconds=600),
    validate=_validate_workload,
)
_DAEMON_UPDATE = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
_DAEMON_SET = Rule(
    prepare=_defaults(revisionHistoryLimit=10, updateStrategy=_DAEMON_UPDATE), validate=_validate_workload
)
_STATEFUL_SET = Rule(
    prepare=_defaults(
        replicas=1,
        podManagementPolicy="OrderedReady",
        revisionHistoryLimit=10,
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    ),
    validate=_validate_stateful,
)

RULES = {
    ("batch", "Job"): Rule(prepare=_prepare_job, validate=_validate_job),
    ("batch", "CronJob"): Rule(prepare=_prepare_cron_job, validate=_validate_cron_job),
    **{(group, "Deployment"): _DEPLOYMENT for group in ("apps", "extensions")},
    **{(group, "ReplicaSet"): _WORKLOAD for group in ("apps", "extensions")},
    **{(group, "DaemonSet"): _DAEMON_SET for group in ("apps", "extensions")},
    ("apps", "StatefulSet"): _STATEFUL_SET,
}
