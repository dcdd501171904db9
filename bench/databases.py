"""Databases through the whole path of the lab: how many a minute, and what each costs."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.tables import Table
from lab.demo.databases import database
from lab.demo.stage import Stage, raised

AT_ONCE = (1, 8, 32)
RDS_DELAY = 0.0  # what AWS takes is AWS's; measured is the platform
WITHIN = 900.0
_ENDED = ("succeeded", "failed", "timeout", "canceled", "abandoned")


def run() -> list[Table]:
    """One table: a row for each number of objects applied at once."""
    rows = []
    with (
        tempfile.TemporaryDirectory() as directory,
        raised(Path(directory), real=False, rds_delay=RDS_DELAY) as stage,
    ):
        stage.apply("paasA", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        for count in AT_ONCE:
            rows.append(_row(stage, count))
            print(*rows[-1], flush=True)
    note = (
        "Objects applied together in one cluster, from the first apply to the last Available. Instances are available "
        "as soon as they are made. Calls and runner seconds are those of every chain and of the polling sensor "
        "meanwhile, divided by the databases; runner seconds are the time of Python actions on a runner."
    )
    columns = (
        "at once", "seconds", "databases a minute", "AWS calls each", "of them writing", "Consul calls each",
        "Vault calls each", "actions each", "runner seconds each",
    )  # fmt: skip
    return [Table("Databases through the whole path", columns, rows, note)]


def _row(stage: Stage, count: int) -> tuple[object, ...]:
    names = [f"bench-{count}-{number}" for number in range(count)]
    before, known = _calls(stage), {each["id"] for each in _actions(stage)}
    begun = time.monotonic()
    for name in names:
        stage.apply("paasA", database(name))
    _wait(stage, names)
    took = time.monotonic() - begun
    done = [each for each in _settled(stage) if each["id"] not in known]
    spent = {system: number - before[system] for system, number in _calls(stage).items()}
    seconds = sum(_elapsed(each) for each in done)
    return (
        count,
        f"{took:.1f}",
        f"{count * 60 / took:.1f}",
        *(f"{spent[system] / count:.1f}" for system in ("aws", "aws writing", "consul", "vault")),
        f"{len(done) / count:.1f}",
        f"{seconds / count:.1f}",
    )


def _wait(stage: Stage, names: Iterable[str]) -> None:
    left, deadline = set(names), time.monotonic() + WITHIN
    while left:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(left)} databases are not Available after {WITHIN:.0f} s: {sorted(left)[:5]}")
        found = stage.clusters["paasA"].list("/apis/paas.internal/v1/namespaces/shop/databases")
        left -= {each["metadata"]["name"] for each in found if (each.get("status") or {}).get("phase") == "Available"}
        time.sleep(0.25)


def _settled(stage: Stage) -> list[dict[str, Any]]:
    """The Python actions, once none of them runs any more."""
    deadline = time.monotonic() + WITHIN
    while any(each["status"] not in _ENDED for each in stage.lab.each("/executions", limit=5000)):
        if time.monotonic() > deadline:
            raise TimeoutError("the executions did not come to an end")
        time.sleep(0.5)
    return _actions(stage)


def _actions(stage: Stage) -> list[dict[str, Any]]:
    found = stage.lab.each("/executions", limit=5000)
    return [each for each in found if not each["action"]["ref"].endswith("_chain")]


def _elapsed(execution: dict[str, Any]) -> float:
    """Seconds on a runner; an execution's own start is when it was asked for, and it may have waited since."""
    begun = next((each["timestamp"] for each in execution["log"] if each["status"] == "running"), None)
    if begun is None:
        return 0.0
    return (_moment(execution["end_timestamp"]) - _moment(begun)).total_seconds()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _calls(stage: Stage) -> Counter[str]:
    aws = _counts(stage.aws("rds").meta.endpoint_url)
    found = Counter({"aws": int(aws["total"]), "aws writing": int(aws["writing"])})
    for system in ("consul", "vault"):
        url = stage.endpoints[system]["paasA"]
        found[system] = sum(_numbers(_counts(url)))
    return found


def _numbers(found: Any) -> Iterable[int]:
    if isinstance(found, dict):
        for each in found.values():
            yield from _numbers(each)
    elif isinstance(found, int):
        yield found


def _counts(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/__lab__/counts", timeout=10) as answer:
        return json.loads(answer.read())
