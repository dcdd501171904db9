"""How many AWS calls a cutover makes, and how that grows with the number of servers."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import lab.aws
from bench.tables import Table
from lab.aws.environments import Builder, Kind
from lab.endpoints import AwsEndpoint
from paas import aws, traffic
from paas.references import References
from paas.settings import AwsSettings, EnvironmentSettings
from paas.settings.reading import read

SIZES = (10, 100, 1000)
KINDS: tuple[Kind, ...] = ("classic", "target_group", "weighted")
NAMES = {"classic": "classic", "target_group": "target groups", "weighted": "weighted forward"}
_POLL = 0.1
_TAGS = {"KubernetesCluster": "{cluster}"}


def run() -> list[Table]:
    """One table: a row for each kind of load balancer and number of servers."""
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        servers, endpoint = lab.aws.launch(directory=Path(directory))
        try:
            for kind in KINDS:
                for size in SIZES:
                    rows.append(_row(endpoint, kind, size))
                    print("measured:", *rows[-1][:2], flush=True)
                    lab.aws.control(endpoint, "POST", "reset", {"aws": True})
        finally:
            for server in reversed(servers):
                server.stop()
    note = (
        "Two clusters of so many servers each, paasB staged behind pre-live, everybody healthy at once. Looks are EC2, "
        "load balancer and S3 calls that only read; each further look at health while servers start or drain is one "
        "call, every poll_seconds. A call takes 200 servers, a page of EC2 has 1,000. Seconds are the lab's."
    )
    columns = (
        "load balancers", "servers a cluster", "looks", "moves", "lock and journal", "calls in all",
        "of a switch back", "seconds",
    )  # fmt: skip
    return [Table("AWS calls of one cutover", columns, rows, note)]


def _row(endpoint: AwsEndpoint, kind: Kind, size: int) -> tuple[object, ...]:
    built = Builder(endpoint).environment(
        "prd", kind=kind, servers=size, settings={"poll_seconds": _POLL, "lease_seconds": 7200, "server_tags": _TAGS}
    )
    settings = read(EnvironmentSettings, {**built.settings, "name": "prd"}, "traffic.prd")
    account = aws.connect(
        AwsSettings(
            region=endpoint.region,
            endpoint_url=endpoint.url,
            access_key_id="datastore:key",
            secret_access_key="datastore:key",
            timeout=900.0,  # moto looks long through a thousand instances
        ),
        References({"key": "lab"}.get),
    )
    traffic.connect(account, settings).stage("paasB", traffic.Order())
    begun = time.perf_counter()
    there = _counted(endpoint, lambda: traffic.connect(account, settings).cutover("paasB", traffic.Order()))
    seconds = time.perf_counter() - begun
    back = _counted(endpoint, lambda: traffic.connect(account, settings).switch_back(traffic.Order()))
    total = sum(there.values())
    return NAMES[kind], size, there["looks"], there["moves"], there["journal"], total, sum(back.values()), seconds


def _counted(endpoint: AwsEndpoint, do: Any) -> Counter[str]:
    lab.aws.control(endpoint, "DELETE", "calls")
    do()
    counts: Counter[str] = Counter()
    for name, count in lab.aws.control(endpoint, "GET", "counts")["by_action"].items():
        service, _, action = name.partition(":")
        kind = "looks" if action.startswith(("Describe", "Get", "List", "Head")) else "moves"
        counts["journal" if (service, kind) == ("s3", "moves") else kind] += count
    return counts
