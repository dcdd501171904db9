"""Two clusters and what the tests do with them."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.endpoints import KubeEndpoint
from paas import kube, migration
from paas.errors import NotFound
from paas.references import References
from paas.settings import ClusterSettings

Json = dict[str, Any]
_NUMBERS = itertools.count(1)
_REVIEWS = ("selfsubjectaccessreviews",)


def client_of(endpoint: KubeEndpoint, name: str | None = None, token: str | None = None) -> kube.Client:
    """A client of a cluster; with a token of somebody else's where one is given."""
    if token is None:
        return kube.connect(ClusterSettings(name=name or endpoint.name, kubeconfig=endpoint.kubeconfig), References())
    file = Path(endpoint.ca_file).parent / f"token-{next(_NUMBERS)}"
    file.write_text(token)
    settings = ClusterSettings(
        name=name or endpoint.name, server=endpoint.url, ca_file=endpoint.ca_file, token=f"file:{file}"
    )
    return kube.connect(settings, References())


class Cluster:
    """One cluster, and its objects by short hand.

    Args:
        endpoint: How to reach it.
        real: Whether it is a real one.
        audit: Its audit log, of a real one.
    """

    def __init__(self, endpoint: KubeEndpoint, *, real: bool, audit: Path | None = None) -> None:
        self.endpoint = endpoint
        self.real = real
        self.client = client_of(endpoint)
        self._audit = audit
        self._read = 0

    def path(
        self, kind: str, name: str | None = None, namespace: str | None = None, *, group: str | None = None
    ) -> str:
        # Where what is remembered does not know it, a run may have defined it since.
        for known in (self.client.resources, kube.Discovery(self.client.cluster, self.client.call)):
            for resource in known.all():
                if resource.kind == kind and group in (None, resource.group):
                    return resource.path(namespace, name)
        return self.client.resources.find(group or "", kind).path(namespace, name)

    def create(self, obj: Json, *, manager: str = "kubectl-create") -> Json:
        group = obj["apiVersion"].rpartition("/")[0]
        resource = self.client.resources.find(group, obj["kind"], version=obj["apiVersion"].rpartition("/")[2])
        path = resource.path(obj["metadata"].get("namespace"))
        return self.client.create(path, obj, field_manager=manager)

    def get(self, kind: str, name: str, namespace: str | None = None, *, group: str | None = None) -> Json:
        return self.client.get(self.path(kind, name, namespace, group=group))

    def has(self, kind: str, name: str, namespace: str | None = None, *, group: str | None = None) -> bool:
        try:
            self.get(kind, name, namespace, group=group)
        except NotFound:
            return False
        return True

    def patch(self, kind: str, name: str, namespace: str | None, body: Json, *, manager: str = "kubectl-edit") -> Json:
        return self.client.patch(self.path(kind, name, namespace), body, field_manager=manager)

    def delete(self, kind: str, name: str, namespace: str | None = None) -> None:
        self.client.delete(self.path(kind, name, namespace), propagation="Background")

    def lab(self, what: str, body: Any = None, method: str = "POST") -> Any:
        """An order to the stand-in."""
        return self.client.call(method, f"/__lab__/{what}", body=json.dumps(body or {}).encode())

    def calls(self, *, agent: str = "stackstorm-kubernetes") -> Counter[str]:
        """Requests since the last time this was asked, by verb; dry runs and access reviews apart."""
        if not self.real:
            counted = self.lab("requests", method="DELETE")
            return Counter(counted["requests"])
        assert self._audit is not None
        found: Counter[str] = Counter()
        lines = self._audit.read_text().splitlines()
        for line in lines[self._read :]:
            event = json.loads(line)
            if agent not in event.get("userAgent", "") or (event.get("objectRef") or {}).get("resource") in _REVIEWS:
                continue
            found["dry run" if "dryRun=All" in event["requestURI"] else event["verb"]] += 1
        self._read = len(lines)
        return found

    def snapshot(self) -> dict[str, str]:
        """What a cluster holds, by kind and name, as far as people and applications wrote it."""
        found: dict[str, str] = {}
        for resource in self.client.resources.all():
            if "list" not in resource.verbs or resource.kind in ("Event", "Lease", "Endpoints", "EndpointSlice"):
                continue
            for obj in self._list(resource):
                metadata = obj["metadata"]
                key = f"{resource.plural}.{resource.group} {metadata.get('namespace', '')}/{metadata['name']}"
                content = [metadata.get("labels"), metadata.get("annotations"), obj.get("spec"), obj.get("data")]
                found[key] = json.dumps(content, sort_keys=True)
        return found

    def _list(self, resource: kube.Resource) -> list[Json]:
        try:
            return list(self.client.list(resource.path()))
        except NotFound:  # its definition went with an earlier test
            return []


def writes(calls: Counter[str]) -> int:
    """How many of them changed something."""
    return sum(calls[verb] for verb in ("create", "update", "patch", "delete", "deletecollection"))


class World:
    """A source, a destination, and migrations between them."""

    def __init__(self, source: Cluster, destination: Cluster, folder: Path) -> None:
        self.source = source
        self.destination = destination
        self.folder = folder
        self.lines: list[str] = []

    @property
    def real(self) -> bool:
        return self.destination.real

    def namespace(self, name: str | None = None) -> str:
        """A namespace of the source that no other test uses."""
        name = name or f"room-{next(_NUMBERS)}-{int(time.time() * 1000) % 100000}"
        self.source.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def migrate(self, **options: Any) -> Json:
        """Migrate; failures are in the result, not raised."""
        return self._result(migration.migrate, self.source.client, self.destination.client, **options)

    def plan(self, **options: Any) -> Json:
        return self._result(migration.plan, self.source.client, self.destination.client, **options)

    def verify(self, **options: Any) -> Json:
        return self._result(migration.verify, self.source.client, self.destination.client, **options)

    def undo(self, **options: Any) -> Json:
        return self._result(migration.undo, self.destination.client, **options)

    def release(self, **options: Any) -> Json:
        return self._result(migration.release, self.destination.client, **options)

    def hold(self, **options: Any) -> Json:
        return self._result(migration.hold, self.source.client, **options)

    def _result(self, verb: Callable[..., Json], *clients: kube.Client, **options: Any) -> Json:
        if verb is not migration.release and verb is not migration.hold:
            options.setdefault("wait_seconds", 20)
        try:
            return verb(*clients, report_folder=str(self.folder), say=self.lines.append, **options)
        except migration.Incomplete as error:
            return error.result

    def everything_said(self) -> str:
        """Every report, page and progress line so far."""
        files = [file.read_text() for file in sorted(self.folder.iterdir()) if file.is_file()]
        return "\n".join([*files, *self.lines])


def eventually(check: Callable[[], Any], *, timeout: float = 30.0, what: str = "it") -> Any:
    """The first true answer of `check`, asked until the time is over."""
    deadline = time.monotonic() + timeout
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout} s"
        time.sleep(0.1)


def created(cluster: Cluster, obj: Json) -> bool:
    """Whether an object could be created; a new kind is served a moment after its definition."""
    try:
        cluster.create(obj)
    except NotFound:
        return False
    return True


def meta(name: str, namespace: str | None = None, **more: Any) -> Json:
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def config_map(name: str, namespace: str, **data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(name, namespace), "data": data or {"a": "1"}}


def template(app: str, **spec: Any) -> Json:
    container = {"name": "main", "image": "registry.example.com/web:1", "resources": {"requests": {"cpu": "100m"}}}
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container], **spec}}


def deployment(name: str, namespace: str, *, app: str | None = None, replicas: int = 1) -> Json:
    app = app or name
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": app}}, "template": template(app)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, namespace), "spec": spec}


def service(name: str, namespace: str, **spec: Any) -> Json:
    spec = {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name, namespace), "spec": spec}


def cron_job(name: str, namespace: str, **spec: Any) -> Json:
    spec = {
        "schedule": "0 3 * * *",
        "jobTemplate": {"spec": {"template": template(name, restartPolicy="Never")}},
        **spec,
    }
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta(name, namespace), "spec": spec}


def definition(kind: str, group: str, *, plural: str | None = None) -> Json:
    plural = plural or f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": meta(f"{plural}.{group}"),
        "spec": spec,
    }
