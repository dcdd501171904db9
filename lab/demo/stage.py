"""The lab that the demo plays on, and a look into every corner of it."""

from __future__ import annotations

import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import manifests
from lab.cli.client import LabClient, quoted
from lab.endpoints import AwsEndpoint
from lab.processes import Server
from lab.stackstorm.lent import python_path
from paas import kube
from paas.errors import NotFound
from paas.references import References
from paas.settings import ClusterSettings

ROOT = Path(__file__).resolve().parents[2]


class Stage:
    """One lab that is up.

    Args:
        directory: Its state directory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lab = LabClient(directory)
        self.endpoints: dict[str, dict[str, str]] = self.lab.about["endpoints"]
        kubeconfig = self.lab.about["kubeconfig"]
        self.clusters = {
            name: kube.connect(ClusterSettings(name=name, kubeconfig=kubeconfig, context=name), References())
            for name in self.endpoints["cluster"]
        }
        lines = (directory / "env").read_text().splitlines()
        self._env = dict(line.removeprefix("export ").split("=", 1) for line in lines)

    def apply(self, cluster: str, document: dict[str, Any]) -> str:
        """Do what `kubectl apply` does."""
        return manifests.apply(self.clusters[cluster], document)

    def read(self, cluster: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        """Read one object by its kind, {} where it is not there."""
        group = "" if kind in ("Namespace", "Secret", "ConfigMap", "Service") else "paas.internal"
        resource = self.clusters[cluster].resources.find(group, kind)
        try:
            found: dict[str, Any] = self.clusters[cluster].get(
                resource.path(namespace if resource.namespaced else None, name)
            )
        except NotFound:
            return {}
        return found

    def delete(self, cluster: str, kind: str, namespace: str, name: str) -> None:
        """Do what `kubectl delete --wait=false` does."""
        resource = self.clusters[cluster].resources.find("paas.internal", kind)
        self.clusters[cluster].delete(resource.path(namespace, name))

    def consul_keys(self, name: str, prefix: str) -> dict[str, str]:
        """The keys of one Consul under a prefix, with their values as text."""
        found = self._get(f"{self.endpoints['consul'][name]}/v1/kv/{prefix}?recurse=true") or []
        return {each["Key"]: base64.b64decode(each["Value"] or "").decode() for each in found}

    def vault_secret(self, name: str, path: str) -> dict[str, str]:
        """One secret of a Vault, KV version 2 under `secret/`."""
        url = f"{self.endpoints['vault'][name]}/v1/secret/data/{path.removeprefix('secret/')}"
        answer = self._get(url, {"X-Vault-Token": self._env["VAULT_TOKEN"]})
        return dict(answer["data"]["data"] or {}) if answer else {}

    @staticmethod
    def _get(url: str, headers: dict[str, str] | None = None) -> Any:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    @property
    def aws_endpoint(self) -> AwsEndpoint:
        """Where the lab's AWS listens."""
        return AwsEndpoint(
            url=self._env["AWS_ENDPOINT_URL"],
            region=self._env["AWS_REGION"],
            access_key_id=self._env["AWS_ACCESS_KEY_ID"],
            secret_access_key=self._env["AWS_SECRET_ACCESS_KEY"],
        )

    def aws(self, service: Any) -> Any:  # boto3-stubs want a literal
        """A client of one AWS service."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self._env["AWS_ENDPOINT_URL"],
            region_name=self._env["AWS_REGION"],
            aws_access_key_id=self._env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._env["AWS_SECRET_ACCESS_KEY"],
        )

    def occurrences(self, trigger: str, **wanted: Any) -> list[dict[str, Any]]:
        """What occurred of a trigger type, oldest first, where the payload has these values."""
        found = self.lab.each("/triggerinstances", trigger_type=trigger, limit=1000)
        fitting = [each for each in found if all(each["payload"].get(key) == value for key, value in wanted.items())]
        return fitting[::-1]

    def executions(self, action: str, **wanted: Any) -> list[dict[str, Any]]:
        """Executions of an action, oldest first, where the parameters have these values."""
        found = self.lab.each("/executions", action=action, limit=1000)
        fitting = [each for each in found if all(each["parameters"].get(key) == value for key, value in wanted.items())]
        return fitting[::-1]

    def ended(self, action: str, **wanted: Any) -> list[dict[str, Any]]:
        """As `executions`, each as it is at its end."""
        return [self._at_its_end(each) for each in self.executions(action, **wanted)]

    def children(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        """What an execution started, oldest first."""
        return self.lab.each(f"/executions/{execution['id']}/children")

    def run(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Run an action and wait for its end."""
        return self._at_its_end(self.lab.call("POST", "/executions", {"action": action, "parameters": parameters}))

    def _at_its_end(self, execution: dict[str, Any]) -> dict[str, Any]:
        while execution["status"] in ("requested", "scheduled", "running", "delayed"):
            execution = self.lab.call("GET", f"/executions/{execution['id']}", wait=30)
        return dict(execution)

    def sensor(self, what: str, name: str) -> None:
        """Kill, stop or restart a sensor's process."""
        self.lab.call("POST", f"/sensors/{quoted(name)}/{what}")

    def files(self) -> Iterator[Path]:
        """Every file of the StackStorm's state: logs, executions, triggers, plain datastore values."""
        yield from (path for path in (self.directory / "stackstorm").rglob("*") if path.is_file())
        yield self.directory / "lab.log"


@contextmanager
def raised(directory: Path, *, real: bool, rds_delay: float, packs: Sequence[Path] = ()) -> Iterator[Stage]:
    """A lab of the demo's own, taken down at the end.

    Raises:
        ServerFailed: It did not come up.
    """
    state = directory / "state"
    argv = [sys.executable, "-m", "lab", "up", "--state-dir", str(state), "--rds-delay", str(rds_delay)]
    argv += [*(["--real"] if real else []), *(f"--pack={pack}" for pack in packs)]
    server = Server("lab-up", argv, directory=directory, env={"PYTHONPATH": python_path(ROOT)})
    try:
        server.start_until(lambda: (state / "lab.json").exists(), timeout=3600 if real else 60)
        yield Stage(state)
    finally:
        server.stop(grace=30)
