"""Live moves from paasA to paasB and back, while a client of live asks all the time."""

from __future__ import annotations

from typing import Any

import lab.aws
from lab.aws.environments import Builder, Built, live_servers
from lab.aws.serving import Backends, Client
from lab.demo.report import Report
from lab.demo.stage import Stage

ENVIRONMENT = "prd"
# Seconds in place of the minutes that AWS takes.
_DELAYS = {"registering": 1.0, "draining": 1.0}


def play(stage: Stage, report: Report) -> None:
    """Stage, look at the plan, cut over, refuse a second time, switch back, and fail on purpose."""
    endpoint = stage.aws_endpoint
    builder = Builder(endpoint)
    built = builder.environment(ENVIRONMENT, servers=2)
    backends = Backends(endpoint, built)
    try:
        lab.aws.control(endpoint, "POST", "clock", {"advance": 60})  # paasA has been live for long
        lab.aws.control(endpoint, "PUT", "delays", _DELAYS)
        with Client(endpoint, built, backends) as client:
            _stage(stage, report, backends)
            _cutover(stage, report, builder, built)
            _switch_back(stage, report, builder, built)
            _never_healthy(stage, report, builder, built, backends)
        report.check(
            f"a client of live asked {sum(client.answers.values())} times meanwhile and saw no error",
            not client.errors and bool(client.answers),
            instead="; ".join(client.errors[:3]),
        )
    finally:
        lab.aws.control(endpoint, "PUT", "delays", dict.fromkeys(_DELAYS, 0.0))
        backends.stop()


def _stage(stage: Stage, report: Report, backends: Backends) -> None:
    report.chapter("paasB goes behind the pre-live load balancer; live stays as it is")
    backends.ready("paasB")
    _run(stage, report, "elb_stage", cluster="paasB")
    status = _run(stage, report, "elb_status")
    report.show("status", *str(status.get("table", "")).splitlines())
    report.check("paasA is live and paasB pre-live", (status.get("live"), status.get("prelive")) == ("paasA", "paasB"))


def _cutover(stage: Stage, report: Report, builder: Builder, built: Built) -> None:
    report.chapter("Live moves to paasB")
    plan = _run(stage, report, "elb_cutover", cluster="paasB", dry_run=True)
    report.show("plan", *(f"{each['phase']}: {each['call']} {each['target']}" for each in plan.get("calls", [])))
    done = _run(stage, report, "elb_cutover", cluster="paasB", plan=plan.get("plan", ""))
    report.check("the run made the calls that the plan showed", done.get("calls") == _without_lock(plan))
    report.check("live is paasB's servers", live_servers(builder, built) == set(built.servers["paasB"]))
    again = _run(stage, report, "elb_cutover", cluster="paasB")
    report.check("said twice it is done once", again.get("changed") is False)


def _switch_back(stage: Stage, report: Report, builder: Builder, built: Built) -> None:
    report.chapter("And back")
    _run(stage, report, "elb_switch_back")
    report.check("live is paasA's servers", live_servers(builder, built) == set(built.servers["paasA"]))


def _never_healthy(stage: Stage, report: Report, builder: Builder, built: Built, backends: Backends) -> None:
    report.chapter("Servers that stop answering do not become live")
    backends.ready("paasB", ready=False)
    execution = stage.run("kubernetes.elb_cutover", environment=ENVIRONMENT, cluster="paasB")
    said = str((execution["result"].get("result") or {}).get("message", ""))
    report.show("the run failed", said)
    report.check("it undid itself and says why", execution["status"] == "failed" and "everything is as it was" in said)
    report.check("live is paasA's servers", live_servers(builder, built) == set(built.servers["paasA"]))


def _run(stage: Stage, report: Report, action: str, **parameters: Any) -> dict[str, Any]:
    execution = stage.run(f"kubernetes.{action}", environment=ENVIRONMENT, **parameters)
    result: dict[str, Any] = execution["result"].get("result") or {}
    report.show(f"st2 run kubernetes.{action}", execution["status"], str(result.get("message", "")))
    report.check(f"{action} succeeded", execution["status"] == "succeeded", instead=str(result)[:300])
    return result


def _without_lock(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The plan's calls without those on the lock and journal, which a run does not report."""
    return [each for each in plan.get("calls", []) if not each["call"].startswith("s3:")]
