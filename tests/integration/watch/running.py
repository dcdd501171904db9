"""Sensors as processes, and clusters to watch: what the tests of this folder share."""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.endpoints import KubeEndpoint
from lab.processes import Server
from lab.stackstorm.lent import python_path
from paas import kube
from paas.errors import NotFound, ServerError
from paas.references import References
from paas.settings import ClusterSettings

ROOT = Path(__file__).resolve().parents[3]
SENSORS = {
    "ThirdPartyResourceSensor": ROOT / "sensors" / "third_party_resource_sensor.py",
    "ResourceWatchSensor": ROOT / "sensors" / "resource_watch_sensor.py",
}
_NUMBERS = itertools.count(1)
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def eventually(check: Callable[[], Any], *, timeout: float = 60.0, what: str = "it") -> Any:
    """The first true answer of `check`, asked until the time is over."""
    deadline = time.monotonic() + timeout
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout} s"
        time.sleep(0.05)


def settings_of(endpoint: KubeEndpoint) -> dict[str, str]:
    """The cluster as the pack's configuration names it."""
    return {"kubeconfig": endpoint.kubeconfig, "context": endpoint.name}


def client_of(endpoint: KubeEndpoint) -> kube.Client:
    return kube.connect(ClusterSettings(name=endpoint.name, **settings_of(endpoint)), References())


class SensorRun:
    """A sensor that is started, killed and started again over one directory."""

    def __init__(self, class_name: str, directory: Path, config: Mapping[str, Any]) -> None:
        self.class_name = class_name
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.configure(config)
        self.server: Server | None = None

    def configure(self, config: Mapping[str, Any]) -> None:
        (self.directory / "config.json").write_text(json.dumps(config))

    def triggers(self, **parameters: Mapping[str, Any]) -> None:
        """The triggers of rules: a reference, and what it asks for."""
        wanted = [{"ref": f"kubernetes.{ref}", "parameters": dict(given)} for ref, given in parameters.items()]
        beside = self.directory / "triggers.new"
        beside.write_text(json.dumps(wanted))
        beside.replace(self.directory / "triggers.json")

    def start(self) -> SensorRun:
        (self.directory / "started").unlink(missing_ok=True)
        argv = [
            sys.executable,
            str(Path(__file__).with_name("sensor_process.py")),
            str(SENSORS[self.class_name]),
            self.class_name,
            str(self.directory),
        ]
        env = {"PYTHONPATH": python_path()}
        self.server = Server("sensor", argv, directory=self.directory, env=env)
        self.server.start_until((self.directory / "started").exists, timeout=60)
        return self

    def stop(self) -> None:
        """Ask it to end, as StackStorm's container does."""
        if self.server is not None:
            self.server.stop()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.server is not None:
            self.server.kill()

    @property
    def log(self) -> str:
        assert self.server is not None
        return self.server.log_tail(100_000)

    def payloads(self, **wanted: Any) -> list[dict[str, Any]]:
        """What was dispatched, in order; only what has these fields."""
        try:
            lines = (self.directory / "events.jsonl").read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        # A process that is killed may leave half a line.
        found = [json.loads(line)["payload"] for line in lines if line.endswith(b"}")]
        return [each for each in found if all(each.get(field) == value for field, value in wanted.items())]

    def told(self, *changes: str, timeout: float = 60.0, in_order: bool = True, **wanted: Any) -> list[dict[str, Any]]:
        """Wait until exactly these were told, as `ADDED name`; then a moment longer, for one too many."""
        expected = list(changes)
        eventually(lambda: len(self.payloads(**wanted)) >= len(expected), timeout=timeout, what=f"{expected}")
        time.sleep(0.3)
        payloads = self.payloads(**wanted)
        told = [f"{each['resource']} {each['name']}" for each in payloads]
        assert (told if in_order else sorted(told)) == (expected if in_order else sorted(expected)), told
        return payloads

    def saved(self) -> None:
        """Wait until a position has been written after the last event."""
        events = self.directory / "events.jsonl"
        since = events.stat().st_mtime if events.exists() else 0.0
        eventually(
            lambda: any(
                path.stat().st_mtime > since
                for path in (self.directory / "datastore").iterdir()
                if path.name.startswith("kubernetes.watch.") and path.name[-1].isdigit()
            ),
            what="saving the position",
        )
        time.sleep(0.2)

    def memory(self) -> float:
        """Resident memory in MB."""
        assert self.server is not None
        pages = int(Path(f"/proc/{self.server.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Group:
    """An API group of one test's own, with one kind: Widget, at `widgets`."""

    def __init__(self, client: kube.Client, *, version: str = "v1") -> None:
        self.client = client
        self.name = f"g{next(_NUMBERS)}-{os.getpid()}.example.com"
        self.version = version
        self.crd = f"widgets.{self.name}"

    @property
    def path(self) -> str:
        return f"/apis/{self.name}/{self.version}/namespaces/default/widgets"

    def define(self) -> None:
        """Create the CRD and wait until its objects are served."""
        body = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": self.crd},
            "spec": {
                "group": self.name,
                "scope": "Namespaced",
                "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
                "versions": [
                    {
                        "name": self.version,
                        "served": True,
                        "storage": True,
                        "subresources": {"status": {}},
                        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                    }
                ],
            },
        }
        self.client.create(CRDS, body)
        eventually(self._served, what=f"serving {self.crd}")

    def undefine(self) -> None:
        self.client.delete(f"{CRDS}/{self.crd}")
        eventually(lambda: not self._served(), timeout=60, what=f"the end of {self.crd}")

    def _served(self) -> bool:
        try:
            self.client.get(self.path)
            return bool(self.client.get(f"{CRDS}/{self.crd}"))
        except (NotFound, ServerError):
            return False

    def create(self, name: str, **metadata: Any) -> dict[str, Any]:
        body = {
            "apiVersion": f"{self.name}/{self.version}",
            "kind": "Widget",
            "metadata": {"name": name, **metadata},
            "spec": {"size": 1},
        }
        return self.client.create(self.path, body)

    def change(self, name: str, size: int = 2) -> dict[str, Any]:
        return self.client.patch(f"{self.path}/{name}", {"spec": {"size": size}})

    def delete(self, name: str) -> None:
        self.client.delete(f"{self.path}/{name}")
