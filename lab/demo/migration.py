"""A team's namespace is recreated in paasB, waits there, is checked and released; another one is taken back."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from lab.demo.report import Report
from lab.demo.stage import Stage
from paas.errors import NotFound

TEAM, SPARE = "payments", "payments-trial"
_BOTH = {"source": "paasA", "destination": "paasB"}
_PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - looked for where it must not be
_REPLICAS = 3
_KINDS = {"Deployment": "apps", "CronJob": "batch", "Database": "paas.internal"}


def play(stage: Stage, report: Report) -> None:
    """Plan, migrate, compare, migrate again, release; then migrate and undo."""
    _fill(stage, report)
    _plan(stage, report)
    _migrate(stage, report)
    _again(stage, report)
    _release(stage, report)
    _undo(stage, report)
    _no_secret(stage, report)


def team(namespace: str) -> list[dict[str, Any]]:
    """What a team has: an application, what it is configured by, how it is reached and what it runs at night."""
    labels = {"app": "api"}
    pod = {"containers": [{"name": "main", "image": "registry.example.com/payments:7"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    secret = {"password": base64.b64encode(_PASSWORD.encode()).decode()}
    job = {"template": {"spec": {**pod, "restartPolicy": "Never"}}}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        _object("v1", "ConfigMap", "api", namespace, data={"currency": "EUR"}),
        _object("v1", "Secret", "api", namespace, type="Opaque", data=secret),
        _object(
            "apps/v1",
            "Deployment",
            "api",
            namespace,
            spec={"replicas": _REPLICAS, "selector": {"matchLabels": labels}, "template": template},
        ),
        _object(
            "v1",
            "Service",
            "api",
            namespace,
            spec={"type": "LoadBalancer", "selector": labels, "ports": [{"port": 443, "protocol": "TCP"}]},
        ),
        _object(
            "batch/v1", "CronJob", "nightly", namespace, spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": job}}
        ),
    ]


def _object(version: str, kind: str, name: str, namespace: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **content}


def _database() -> dict[str, Any]:
    spec = {"engine": "mysql", "version": "8.0", "class": "db.t3.micro", "storageGiB": 20}
    return _object("paas.internal/v1", "Database", "ledger", TEAM, spec=spec)


def _fill(stage: Stage, report: Report) -> None:
    report.chapter(f"The team of {TEAM} lives in paasA, a database included")
    for namespace in (TEAM, SPARE):
        for document in team(namespace):
            stage.apply("paasA", document)
    stage.apply("paasA", _database())
    report.show(
        "objects", ", ".join(f"{each['kind']}/{each['metadata']['name']}" for each in [*team(TEAM), _database()])
    )
    claim = report.wait("its database is asked for, under a claim", lambda: _asked_for(stage))
    report.show("RDS", f"{claim}: AWS is at work on it; the migration need not wait for that")


def _plan(stage: Stage, report: Report) -> None:
    report.chapter(f"What would recreating {TEAM} in paasB do?")
    plan = _run(stage, report, "migrate_plan", **_BOTH, **_what(stage, TEAM))
    page = Path(plan.get("page", "/nowhere"))
    report.show("page", f"{page}: one file, to be read and sent on")
    report.check("the page is written", page.is_file())
    report.check("nothing is in paasB", not _read(stage, "paasB", "Namespace", TEAM))


def _migrate(stage: Stage, report: Report) -> None:
    report.chapter(f"{TEAM} is recreated in paasB; what must not run twice waits there")
    _run(stage, report, "migrate_namespace", namespace=TEAM, **_BOTH, **_how(stage))
    _waiting(stage, report)
    claims = [_read(stage, name, "Database", "ledger").get("metadata", {}) for name in ("paasA", "paasB")]
    mine = [each.get("annotations", {}).get("paas.internal/claim") for each in claims]
    report.show("Database", f"ledger keeps its claim {mine[0]}")
    report.wait(
        "paasB finds the database that is there, and leaves it to its owner",
        lambda: _status(stage, "paasB").get("owner") == "paasA",
        within=90,
    )
    ledgers = [name for name in _instances(stage) if name.startswith(f"{TEAM}-ledger-")]
    report.check("there is one database, not two", ledgers == [mine[0]] and mine[0] == mine[1], instead=str(ledgers))


def _waiting(stage: Stage, report: Report) -> None:
    cron, deployment, service = _held(stage)
    report.show(
        "waiting",
        f"CronJob/nightly suspended: {cron}",
        f"Deployment/api replicas: {deployment} (paasA's has {_REPLICAS})",
        f"Service/api type: {service}, no second load balancer",
    )
    report.check("schedule, pods and load balancer wait", (cron, deployment, service) == (True, 0, "ClusterIP"))


def _again(stage: Stage, report: Report) -> None:
    report.chapter("Is it the same? And what does a second run do?")
    compared = _run(stage, report, "migrate_verify", **_BOTH, **_what(stage, TEAM))
    report.check("the two sides say the same", compared.get("differences") == [] and compared.get("complete") is True)
    again = _run(stage, report, "migrate_namespace", namespace=TEAM, **_BOTH, **_how(stage))
    report.check("a second run writes nothing", again.get("written") == 0, instead=str(again.get("written")))


def _release(stage: Stage, report: Report) -> None:
    report.chapter("The cutover: paasA gives its schedules up, paasB gets its own values back")
    _run(stage, report, "migrate_hold", **_BOTH, namespaces=[TEAM], report_folder=_folder(stage))
    suspended = _read(stage, "paasA", "CronJob", "nightly")["spec"].get("suspend")
    report.check("paasA's CronJob is suspended first: never do both clusters run it", suspended is True)
    _run(stage, report, "migrate_release", destination="paasB", namespaces=[TEAM], report_folder=_folder(stage))
    cron, deployment, service = _held(stage)
    report.show("released", f"suspended: {cron}", f"replicas: {deployment}", f"type: {service}")
    report.check("each has its own value back", (cron, deployment, service) == (False, _REPLICAS, "LoadBalancer"))


def _undo(stage: Stage, report: Report) -> None:
    report.chapter(f"{SPARE} is recreated by mistake, and taken back")
    made = _run(stage, report, "migrate_namespace", namespace=SPARE, **_BOTH, **_how(stage))
    report.check("it is in paasB", bool(_read(stage, "paasB", "Namespace", SPARE)))
    run = {"destination": "paasB", "run": made.get("run"), "report_folder": _folder(stage)}
    _run(stage, report, "migrate_undo", **run, dry_run=True)
    _run(stage, report, "migrate_undo", **run)
    report.check("it is gone from paasB", not _read(stage, "paasB", "Namespace", SPARE))
    report.check(
        f"{TEAM} is as it was, and so is paasA",
        bool(_read(stage, "paasB", "Deployment", "api")) and bool(_read(stage, "paasA", "Namespace", SPARE)),
    )


def _no_secret(stage: Stage, report: Report) -> None:
    files = [*stage.files(), *(path for path in Path(_folder(stage)).iterdir() if path.is_file())]
    texts = {_PASSWORD.encode(), base64.b64encode(_PASSWORD.encode())}
    found = [path.name for path in files if any(text in path.read_bytes() for text in texts)]
    report.check("the team's Secret stands in no report, page, execution or log", not found, instead=", ".join(found))


def _held(stage: Stage) -> tuple[Any, Any, Any]:
    specs = [
        _read(stage, "paasB", kind, name).get("spec") or {}
        for kind, name in (("CronJob", "nightly"), ("Deployment", "api"), ("Service", "api"))
    ]
    return specs[0].get("suspend", False), specs[1].get("replicas"), specs[2].get("type")


def _status(stage: Stage, cluster: str) -> dict[str, Any]:
    return dict(_read(stage, cluster, "Database", "ledger").get("status") or {})


def _asked_for(stage: Stage) -> str | None:
    claim = str(_status(stage, "paasA").get("claim"))
    return claim if claim in _instances(stage) else None


def _instances(stage: Stage) -> list[str]:
    return [each["DBInstanceIdentifier"] for each in stage.aws("rds").describe_db_instances()["DBInstances"]]


def _read(stage: Stage, cluster: str, kind: str, name: str) -> dict[str, Any]:
    client = stage.clusters[cluster]
    resource = client.resources.find(_KINDS.get(kind, ""), kind)
    try:
        found: dict[str, Any] = client.get(resource.path(TEAM, name))
    except NotFound:
        return {}
    return found


def _folder(stage: Stage) -> str:
    return str(stage.directory.parent / "migration")


def _how(stage: Stage) -> dict[str, Any]:
    return {"workloads": "zero", "report_folder": _folder(stage)}


def _what(stage: Stage, namespace: str) -> dict[str, Any]:
    return {"namespaces": [namespace], **_how(stage)}


def _run(stage: Stage, report: Report, action: str, **parameters: Any) -> dict[str, Any]:
    execution = stage.run(f"kubernetes.{action}", **parameters)
    result: dict[str, Any] = execution["result"].get("result") or {}
    counted = ", ".join(f"{count} {outcome}" for outcome, count in (result.get("outcomes") or {}).items())
    report.show(f"st2 run kubernetes.{action}", f"{counted or 'nothing to do'} in {result.get('seconds')} s")
    words = [f"{each['kind']} {each['object']}: {each.get('words', '')}" for each in result.get("failures", [])]
    report.check(f"{action} succeeds", execution["status"] == "succeeded", instead=str(words or result)[:300])
    return result
