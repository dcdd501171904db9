"""Projects' manifests, taken as they are, applied to one real cluster and recreated in another.

Each folder is a project; its files are applied in order. What names no namespace goes into one of the folder's name,
without its number (`4-argocd` into argocd). PAAS_MANIFESTS names another folder of projects.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from paas.errors import Conflict
from tests.integration.migration.world import Cluster, World, created, eventually, meta

PROJECTS = Path(os.environ.get("PAAS_MANIFESTS") or Path(__file__).with_name("projects"))


class Manifests(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as kubectl reads it: a lone `=`, which some schemas have in an enum, is a text."""


Manifests.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Iterator[World]:
    from lab.servers import launch_kube, stop

    directory = tmp_path_factory.mktemp("projects")
    servers, endpoints = launch_kube(["paasA", "paasB"], directory=directory)
    source, destination = (Cluster(endpoints[name], real=True) for name in ("paasA", "paasB"))
    yield World(source, destination, tmp_path_factory.mktemp("reports"))
    stop(servers)


def apply(cluster: Cluster, folder: Path) -> int:
    """Create what a project's files hold, as `kubectl apply -n` does; its number."""
    home = re.sub(r"^\d+-", "", folder.name)
    count = 0
    for file in sorted(folder.glob("*.yaml")):
        for obj in yaml.load_all(file.read_text(), Loader=Manifests):
            if obj:
                _apply(cluster, obj, home)
                count += 1
    return count


def _apply(cluster: Cluster, obj: dict[str, Any], home: str) -> None:
    group, _, version = obj["apiVersion"].rpartition("/")
    resource = eventually(
        lambda: (
            next(
                (each for each in cluster.client.resources.all() if (each.group, each.kind) == (group, obj["kind"])),
                None,
            )
            or _looked_up(cluster, group, obj["kind"], version)
        ),
        what=f"{obj['kind']} served",
    )
    if resource.namespaced and "namespace" not in obj["metadata"]:
        obj["metadata"]["namespace"] = home
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(home)}
        with contextlib.suppress(Conflict):
            cluster.create(namespace)
    eventually(lambda: created(cluster, obj), what=f"{obj['kind']} {obj['metadata']['name']}")


def _looked_up(cluster: Cluster, group: str, kind: str, version: str) -> Any:
    from paas.errors import NotFound

    try:
        return cluster.client.resources.find(group, kind, version=version)
    except NotFound:
        return None


def test_they_are_recreated_with_no_conflict_and_no_error(pair):
    projects = [folder for folder in sorted(PROJECTS.iterdir()) if folder.is_dir()]
    assert projects
    applied = {folder.name: apply(pair.source, folder) for folder in projects}
    result = pair.migrate(wait_seconds=120)
    print({"applied": applied, "outcomes": result["outcomes"], "warnings": result["warnings"]})
    assert result["failures"] == []
    assert result["conflicts"] == []
    assert result["comparison"]["differences"] == []
    assert result["complete"]
    again = pair.migrate(compare=False)
    assert (again["written"], again["complete"]) == (0, True)
