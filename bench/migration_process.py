"""One measurement in a process of its own, so that its memory and CPU are its alone: `python -m ... CONFIG`.

CONFIG is a JSON file: `mode` (`migrate`, `raw` or `export`), `clusters` (name and kubeconfig of both), `workers`,
`bodies` (a file of prepared requests), `result` (where the figures go).
"""

from __future__ import annotations

import http.client
import json
import resource
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.memory import peak_mb

Request = tuple[int, str, str]
#: Definitions and namespaces: what all the rest stands in.
_FIRST = (0, 1)


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text())
    measured = {"migrate": _migrate, "raw": _raw, "export": _export}[given["mode"]](given)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    measured |= {"cpu": usage.ru_utime + usage.ru_stime, "peak_mb": peak_mb()}
    Path(given["result"]).write_text(json.dumps(measured))


def _clients(given: dict[str, Any]) -> list[Any]:
    from paas import kube
    from paas.references import References
    from paas.settings import ClusterSettings

    return [kube.connect(ClusterSettings(name=name, kubeconfig=path), References()) for name, path in given["clusters"]]


def _migrate(given: dict[str, Any]) -> dict[str, Any]:
    """`migrate_cluster` as the action calls it."""
    from paas import migration

    source, destination = _clients(given)
    result = migration.migrate(
        source,
        destination,
        compare=given.get("compare", False),
        concurrency=given["workers"],
        report_folder=given["folder"],
        include_volumes=True,
    )
    return {"objects": result["objects"], "written": result["written"], "seconds": result["seconds"]}


def _export(given: dict[str, Any]) -> dict[str, Any]:
    """What a migration would send, in order, without sending it."""
    from paas.migration.options import Options
    from paas.migration.report import Report
    from paas.migration.tools import Tools

    source, destination = _clients(given)
    report = Report("export", "bench", folder=given["folder"])
    tools = Tools(source, destination, Options(include_volumes=True), report, threading.Event())
    survey = tools.survey()
    requests: list[Request] = []
    for step in tools.walk(survey, tools.workshop(survey, "bench")).steps(source_name="paasA"):
        item = step.item
        if step.known == "absent":
            requests.append((int(item.route.wave), item.route.target.path(item.namespace), item.body.decode()))
    Path(given["bodies"]).write_text(json.dumps(requests))
    return {"objects": len(requests)}


def _raw(given: dict[str, Any]) -> dict[str, Any]:
    """The limit: prepared bodies, the standard library's client, a connection a worker, and nothing else."""
    import yaml

    prepared = [(wave, path, body.encode()) for wave, path, body in json.loads(Path(given["bodies"]).read_text())]
    name, kubeconfig = given["clusters"][1]
    loaded = yaml.safe_load(Path(kubeconfig).read_text())
    cluster, user = loaded["clusters"][0]["cluster"], loaded["users"][0]["user"]
    address = urlsplit(cluster["server"])
    context = ssl.create_default_context(cafile=cluster["certificate-authority"])
    headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}
    lock = threading.Lock()
    refused: list[str] = []

    def work(requests: Iterator[tuple[int, str, bytes]], connection: http.client.HTTPSConnection) -> None:
        while True:
            with lock:
                request = next(requests, None)
            if request is None:
                return
            connection.request("POST", request[1], request[2], headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status != 201:
                refused.append(f"{name} answered {response.status}: {answer[:200]!r}")

    connections = [
        http.client.HTTPSConnection(str(address.hostname), address.port, context=context)
        for _ in range(given["workers"])
    ]
    begun = time.perf_counter()
    for _, part in groupby(prepared, key=lambda request: request[0] if request[0] in _FIRST else len(_FIRST)):
        stream = iter(list(part))
        threads = [threading.Thread(target=work, args=(stream, connection)) for connection in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    seconds = time.perf_counter() - begun
    if refused:
        raise SystemExit(refused[0])
    return {"objects": len(prepared), "written": len(prepared), "seconds": seconds}


if __name__ == "__main__":
    main()
