"""Applies manifests to a cluster without kubectl: what is missing is created, what is there is merged."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.endpoints import KubeEndpoint
from paas import kube
from paas.errors import NotFound
from paas.references import References
from paas.settings import ClusterSettings

_FIRST = ("Namespace", "CustomResourceDefinition", "ServiceAccount")
_ESTABLISHED_WITHIN = 30.0


def client_of(endpoint: KubeEndpoint) -> kube.Client:
    """A client of one of the lab's clusters, as its administrator."""
    settings = ClusterSettings(name=endpoint.name, kubeconfig=endpoint.kubeconfig, context=endpoint.name)
    return kube.connect(settings, References())


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """Every object of a YAML file, or of the YAML files of a folder, what others need first."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found = [each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]
    rank = {kind: index for index, kind in enumerate(_FIRST)}
    yield from sorted(found, key=lambda each: rank.get(str(each.get("kind")), len(_FIRST)))


def apply(client: kube.Client, document: Mapping[str, Any]) -> str:
    """Create an object, or merge it into the one that is there; returns `kind/name created` or `configured`.

    Raises:
        PaasError: The server refused; the message carries its words.
    """
    version, kind = str(document["apiVersion"]), str(document["kind"])
    group, _, plain = version.rpartition("/")
    resource = client.resources.find(group, kind, version=plain)
    metadata = document["metadata"]
    namespace = metadata.get("namespace", "default") if resource.namespaced else None
    path = resource.path(namespace, metadata["name"])
    try:
        client.get(path)
    except NotFound:
        client.create(resource.path(namespace), dict(document))
        done = "created"
    else:
        client.patch(path, dict(document), kind="merge")
        done = "configured"
    if kind == "CustomResourceDefinition":
        _wait_until_established(client, path)
    return f"{kind}/{metadata['name']} {done}"


def _wait_until_established(client: kube.Client, path: str) -> None:
    deadline = time.monotonic() + _ESTABLISHED_WITHIN
    while time.monotonic() < deadline:
        conditions = (client.get(path).get("status") or {}).get("conditions") or []  # null at first
        if any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{path} was not established within {_ESTABLISHED_WITHIN:.0f} s")
