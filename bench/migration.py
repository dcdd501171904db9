"""The migration: objects a second against kubectl and against the bare limit, calls an object, memory at 50,000."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lab.servers
from bench import migration_objects
from bench.tables import Table
from lab.endpoints import KubeEndpoint
from paas import kube
from paas.references import References
from paas.settings import ClusterSettings

NAMESPACES = 50
WORKERS = (1, 8, 16)
#: Of so many turns each, all kinds of run in turn, the fastest counts: the machine may be busy with something else.
TURNS = 2
MANY_NAMESPACES, MANY_EACH = 50, 1_000

Figures = dict[str, Any]


def run() -> list[Table]:
    """All tables; the API servers are real ones, without controllers."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        with cluster("paasA", home / "source") as source:
            migration_objects.create(client_of(source), migration_objects.mixed(NAMESPACES))
            speed = _speed(source, home)
        with cluster("paasA", home / "many") as source:
            _fill(client_of(source))
            memory = _memory(source, home)
        return [speed, memory]


@contextmanager
def cluster(name: str, directory: Path, *, audit: bool = False) -> Iterator[KubeEndpoint]:
    """A fresh API server with an etcd of its own."""
    servers, endpoints = lab.servers.launch_kube([name], directory=directory, controllers=False, audit=audit)
    try:
        time.sleep(2)  # until it has written what it writes at its start
        yield endpoints[name]
    finally:
        lab.servers.stop(servers)


def client_of(endpoint: KubeEndpoint) -> kube.Client:
    return kube.connect(ClusterSettings(name=endpoint.name, kubeconfig=endpoint.kubeconfig), References())


def measure(home: Path, source: KubeEndpoint, destination: KubeEndpoint, mode: str, **given: Any) -> Figures:
    """One measurement in a process of its own."""
    result, config = home / "result.json", home / "config.json"
    clusters = [(each.name, each.kubeconfig) for each in (source, destination)]
    bodies, folder = str(home / "bodies.json"), str(home / "reports")
    config.write_text(
        json.dumps(
            {"mode": mode, "clusters": clusters, "bodies": bodies, "folder": folder, "result": str(result), **given}
        )
    )
    subprocess.run(
        [sys.executable, "-m", "bench.migration_process", str(config)], check=True, stdout=subprocess.DEVNULL
    )
    figures: Figures = json.loads(result.read_text())
    return figures


def _speed(source: KubeEndpoint, home: Path) -> Table:
    with cluster("paasB", home / "empty") as empty:
        measure(home, source, empty, "export")
    best: dict[str, Figures] = {}
    number = 0
    for _ in range(TURNS):
        for workers in WORKERS:
            for mode in ("raw", "migrate"):
                number += 1
                with cluster("paasB", home / f"destination-{number}") as destination:
                    figures = measure(home, source, destination, mode, workers=workers)
                label = f"{mode} {workers}"
                if label not in best or _rate(figures) > _rate(best[label]):
                    best[label] = figures
    calls = _calls(source, home)
    kubectl = {verb: _kubectl(verb, source, home) for verb in ("create", "apply")}
    rows = []
    for workers in WORKERS:
        limit = _rate(best[f"raw {workers}"])
        rows.append([f"raw POST loop, {workers} connections (the limit)", limit, 1.0, limit / _rate(kubectl["create"])])
        rate = _rate(best[f"migrate {workers}"])
        rows.append([f"migrate_cluster, {workers} workers", rate, rate / limit, rate / _rate(kubectl["create"])])
    limit = _rate(best["raw 8"])
    names = {"create": "kubectl get -o json, then kubectl create -f -", "apply": "kubectl apply -f -"}
    for verb, figures in kubectl.items():
        rows.append([names[verb], _rate(figures), _rate(figures) / limit, _rate(figures) / _rate(kubectl["create"])])
    objects = best["raw 1"]["objects"]
    return Table(
        title=f"Recreating {objects} mixed objects in {NAMESPACES} namespaces",
        columns=["how", "objects/s", "of the limit", "of kubectl create"],
        rows=rows,
        note=(
            f"Each run into a fresh API server of its own, on the same machine as source and client; the fastest of "
            f"{TURNS} turns. The limit posts what the migration would, prepared beforehand, over http.client. kubectl "
            "gets the objects cleaned, with the definitions there already; its figures count reading them once. "
            "migrate_cluster's count everything from its first look at the clusters to its report; the closing "
            f"comparison is left out of them. Calls on the destination: {calls:.2f} an object."
        ),
    )


def _rate(figures: Figures) -> float:
    return float(figures["written"] / figures["seconds"])


def _calls(source: KubeEndpoint, home: Path) -> float:
    directory = home / "audited"
    with cluster("paasB", directory, audit=True) as destination:
        figures = measure(home, source, destination, "migrate", workers=8)
        log = lab.servers.audit_log(directory, "paasB").read_text()
    return sum("stackstorm-kubernetes" in line for line in log.splitlines()) / float(figures["written"])


def _kubectl(verb: str, source: KubeEndpoint, home: Path) -> Figures:
    """The same objects through kubectl: read from the source, cleaned by us, created in one call."""
    prepared = json.loads((home / "bodies.json").read_text())
    definitions = [json.loads(body) for wave, _, body in prepared if wave == 0]
    items = [json.loads(body) for wave, _, body in prepared if wave > 0]
    kinds = sorted({f"{path.split('/')[-1]}.{_group(path)}".rstrip(".") for _, path, _ in prepared})
    kubectl = str(lab.servers.binary("kubectl"))
    environment = {**os.environ, "HOME": str(home)}
    with cluster("paasB", home / f"kubectl-{verb}") as destination:
        client = client_of(destination)
        for definition in definitions:
            client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        time.sleep(3)
        begun = time.perf_counter()
        get = [kubectl, f"--kubeconfig={source.kubeconfig}", "get", ",".join(kinds), "-A", "-o", "json"]
        subprocess.run(get, check=True, stdout=subprocess.DEVNULL, env=environment)
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        write = [kubectl, f"--kubeconfig={destination.kubeconfig}", verb, "-f", "-"]
        subprocess.run(write, check=True, input=text.encode(), stdout=subprocess.DEVNULL, env=environment)
        seconds = time.perf_counter() - begun
    return {"written": len(items), "seconds": seconds}


def _group(path: str) -> str:
    parts = path.split("/")
    return parts[2] if parts[1] == "apis" else ""


def _fill(client: kube.Client) -> None:
    """Fifty thousand ConfigMaps and Secrets."""
    names = [f"many-{number:02}" for number in range(MANY_NAMESPACES)]
    namespaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    objects = [
        {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": f"object-{number:04}", "namespace": name, "labels": {"app": "many"}},
            "data": {"key": migration_objects.b64("value " * 40)},
        }
        for name in names
        for number in range(MANY_EACH // 2)
        for kind in ("ConfigMap", "Secret")
    ]
    migration_objects.create(client, [namespaces, objects])


def _memory(source: KubeEndpoint, home: Path) -> Table:
    with cluster("paasB", home / "many-destination") as destination:
        first = measure(home, source, destination, "migrate", workers=8)
        second = measure(home, source, destination, "migrate", workers=8, compare=True)
    rows = [
        ["first run", first["written"], first["seconds"], first["objects"] / first["seconds"], first["peak_mb"]],
        [
            "second run, with the closing comparison",
            second["written"],
            second["seconds"],
            second["objects"] / second["seconds"],
            second["peak_mb"],
        ],
    ]
    return Table(
        title=f"{MANY_NAMESPACES * MANY_EACH} objects with 8 workers",
        columns=["run", "written", "seconds", "objects/s", "peak memory, MB"],
        rows=rows,
        note="Peak memory is the process's own, imports included.",
    )
