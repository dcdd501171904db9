"""Which groups, versions and resources there are: /api, /apis and below."""

from __future__ import annotations

from .cluster import Cluster
from .errors import Json
from .kinds import Kind, Kinds

_VERSIONS = {"1.36": ("1", "36", "v1.36.3"), "1.7": ("1", "7", "v1.7.16")}


def version(cluster: Cluster) -> Json:
    """`/version`."""
    major, minor, git = _VERSIONS[cluster.settings.version]
    emulation = {"emulationMajor": major, "emulationMinor": minor, "minCompatibilityMajor": major}
    emulation["minCompatibilityMinor"] = str(int(minor) - 1)
    return {
        "major": major,
        "minor": minor,
        **({} if cluster.settings.old else emulation),
        "gitVersion": git,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def answer(cluster: Cluster, path: str, port: int) -> Json | None:
    """The document at a discovery path; None when it is none."""
    parts = path.strip("/").split("/")
    kinds = cluster.kinds
    if parts == ["api"]:
        address = {"clientCIDR": "0.0.0.0/0", "serverAddress": f"127.0.0.1:{port}"}
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}
    if parts == ["apis"]:
        groups = [_group(name, versions) for name, versions in kinds.groups().items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if parts == ["api", "v1"]:
        return _resources(kinds, "", "v1")
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in kinds.groups():
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], kinds.groups()[parts[1]])}
    if parts[0] == "apis" and len(parts) == 3 and kinds.of(parts[1], parts[2]):
        return _resources(kinds, parts[1], parts[2])
    return None


def _group(name: str, versions: list[str]) -> Json:
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _resources(kinds: Kinds, group: str, version: str) -> Json:
    found: list[Json] = []
    for kind in kinds.of(group, version):
        found.append(_resource(kind))
        found += [_subresource(kind, name) for name in kind.subresources]
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": found}


_CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def _resource(kind: Kind) -> Json:
    entry: Json = {
        "name": kind.plural,
        "singularName": kind.singular or kind.kind.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(_CUSTOM_VERBS if kind.custom else kind.verbs),
    }
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    return entry


_SUBRESOURCE_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
}
_CREATED = frozenset({"token", "eviction", "binding"})


def _subresource(kind: Kind, name: str) -> Json:
    entry: Json = {
        "name": f"{kind.plural}/{name}",
        "singularName": "",
        "namespaced": kind.namespaced,
        "kind": kind.kind,
    }
    if name in _SUBRESOURCE_KINDS:
        entry["group"], entry["version"], entry["kind"] = _SUBRESOURCE_KINDS[name]
    entry["verbs"] = ["create"] if name in _CREATED else ["get", "patch", "update"]
    if name == "finalize":
        entry["verbs"] = ["update"]
    return entry
