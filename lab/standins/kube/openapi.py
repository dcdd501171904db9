"""OpenAPI, as little as kubectl needs to validate and apply: paths with parameters, schemas of custom kinds."""

from __future__ import annotations

import hashlib
import json

from .cluster import Cluster
from .errors import Json
from .kinds import Kind

_GVK = "x-kubernetes-group-version-kind"


V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


def answer(cluster: Cluster, path: str) -> Json | None:
    """The document at an OpenAPI path; None when it is none."""
    if path == "/openapi/v2" and not cluster.settings.old:
        return _v2(cluster)
    if cluster.settings.old or not path.startswith("/openapi/v3"):
        return None
    rest = path.removeprefix("/openapi/v3").strip("/")
    versions = {_prefix(kind): (kind.group, kind.version) for kind in cluster.kinds.all()}
    if not rest:
        return {"paths": {name: {"serverRelativeURL": _url(cluster, name)} for name in sorted(versions)}}
    if rest in versions:
        return _v3(cluster, *versions[rest])
    return None


def _prefix(kind: Kind) -> str:
    return f"apis/{kind.group}/{kind.version}" if kind.group else f"api/{kind.version}"


def _url(cluster: Cluster, name: str) -> str:
    """The document's address carries a hash of what it says, so that clients may cache it."""
    group, version = (name.split("/")[1], name.split("/")[2]) if name.startswith("apis/") else ("", name.split("/")[1])
    found = json.dumps(_v3(cluster, group, version), sort_keys=True).encode()
    return f"/openapi/v3/{name}?hash={hashlib.sha256(found).hexdigest()[:32].upper()}"


def _identity(kind: Kind) -> Json:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _name(kind: Kind) -> str:
    group = (
        ".".join(reversed(kind.group.split("."))) if kind.custom else f"io.k8s.api.{kind.group.split('.')[0] or 'core'}"
    )
    return f"{group}.{kind.version}.{kind.kind}"


_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def _path(kind: Kind) -> str:
    root = f"/{_prefix(kind)}"
    return (
        f"{root}/namespaces/{{namespace}}/{kind.plural}/{{name}}"
        if kind.namespaced
        else f"{root}/{kind.plural}/{{name}}"
    )


def _schema(kind: Kind, reference: str) -> Json:
    schema = dict(kind.schema)
    schema.setdefault("type", "object")
    properties = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        **(schema.get("properties") or {}),
        "metadata": {"allOf": [{"$ref": reference + _META}], "default": {}},
    }
    schema["properties"] = properties
    if not kind.custom:
        schema["x-kubernetes-preserve-unknown-fields"] = True
    schema[_GVK] = [_identity(kind)]
    return schema


def _v3(cluster: Cluster, group: str, version: str) -> Json:
    paths: Json = {}
    schemas: Json = {_META: {"type": "object"}}
    for kind in cluster.kinds.of(group, version):
        schemas[_name(kind)] = _schema(kind, "#/components/schemas/")
        parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS]
        operation = {"parameters": parameters, "responses": {"200": {"description": "OK"}}, _GVK: _identity(kind)}
        if "patch" in kind.verbs:
            paths[_path(kind)] = {
                "patch": {**operation, "x-kubernetes-action": "patch"},
                "put": {**operation, "x-kubernetes-action": "put"},
            }
    info = {"title": "Kubernetes", "version": cluster.settings.version}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _v2(cluster: Cluster) -> Json:
    paths: Json = {}
    definitions: Json = {_META: {"type": "object"}}
    for kind in cluster.kinds.all():
        definitions[_name(kind)] = _schema(kind, "#/definitions/")
        parameters = [{"name": name, "in": "query", "type": "string", "uniqueItems": True} for name in _PARAMETERS]
        operation = {"parameters": parameters, "responses": {"200": {"description": "OK"}}, _GVK: _identity(kind)}
        if "patch" in kind.verbs:
            paths[_path(kind)] = {"patch": {**operation, "x-kubernetes-action": "patch"}}
    info = {"title": "Kubernetes", "version": cluster.settings.version}
    return {"swagger": "2.0", "info": info, "paths": paths, "definitions": definitions}
