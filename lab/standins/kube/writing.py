"""create, replace and patch, as requests ask for them."""

from __future__ import annotations

import secrets
from typing import Any

from . import admission, apply, ownership, patches
from .changing import Written, change
from .cluster import Cluster, User, key_of, new_uid
from .deleting import finish
from .errors import Json, already_exists, bad_request, internal, invalid, invalid_value, modified, not_found
from .kinds import Kind, Kinds
from .options import WriteOptions
from .rules import rule_of
from .store import clone, encode

SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
MAX_GENERATED_BASE = 58
# Kinds that a replacement creates where they are missing.
CREATED_BY_PUT = frozenset(
    {
        ("", "Endpoints"), ("", "Event"), ("", "LimitRange"), ("", "Service"), ("coordination.k8s.io", "Lease"),
        *(("rbac.authorization.k8s.io", kind) for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")),
    }
)  # fmt: skip


def create(
    cluster: Cluster,
    kind: Kind,
    namespace: str,
    body: Json,
    options: WriteOptions,
    user: User,
    *,
    applied: bool = False,
) -> Written:
    """Create an object.

    Raises:
        ApiError: 400, 403, 404, 409 or 422.
    """
    check_identity(cluster.kinds, kind, body, namespace, "")
    new = clone(body)
    metadata = new.setdefault("metadata", {})
    new["apiVersion"], new["kind"] = kind.api_version, kind.kind
    if metadata.get("resourceVersion"):
        raise internal("resourceVersion should not be set on objects to be created")
    generated = not metadata.get("name") and metadata.get("generateName")
    if generated:
        suffix = "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
        metadata["name"] = metadata["generateName"][:MAX_GENERATED_BASE] + suffix
    name = metadata.get("name") or ""
    with cluster.store.lock:
        admission.namespace(cluster, kind, namespace, name)
        existing = cluster.store.get(kind.where, key_of(kind, namespace, name)) if name else None
        _begin(cluster, kind, namespace, new)
        warnings = admission.admit(cluster, kind, new, None, options)
        admission.check(cluster, kind, new, None, user)
        if existing is not None:
            going = bool(existing.object["metadata"].get("deletionTimestamp"))
            raise already_exists(kind.group, kind.plural, name, going=going)
        if not applied and not cluster.settings.old:
            ownership.record(kind, new, None, manager=options.manager, now=cluster.now())
        rule_of(kind).allocate(cluster, new)
        if options.dry_run:
            return Written(encode(new), new, created=True, warnings=warnings)
        rule_of(kind).commit(cluster, new, None)
        stored = cluster.store.put(kind.where, key_of(kind, namespace, name), new)
    return Written(stored.encoded(kind.api_version, kind.kind), stored.object, created=True, warnings=warnings)


def check_identity(kinds: Kinds, kind: Kind, body: Json, namespace: str, name: str) -> None:
    """Whether a body fits its path.

    Raises:
        ApiError: 400, another apiVersion, kind, namespace or name than the path's.
    """
    if not isinstance(body, dict):
        raise bad_request("the object provided is unrecognized (must be of type object)")
    given_version, given_kind = body.get("apiVersion", ""), body.get("kind", "")
    if kind.custom:
        if given_version != kind.api_version:
            raise bad_request(
                f"the API version in the data ({given_version}) does not match the expected API version "
                f"({kind.api_version})"
            )
        if given_kind != kind.kind:
            cause = invalid_value("kind", given_kind, f"must be {kind.kind}")
            raise invalid(kind.group, given_kind, (body.get("metadata") or {}).get("name") or "", [cause])
    elif (given_version or kind.api_version, given_kind or kind.kind) != (kind.api_version, kind.kind):
        raise bad_request(_misplaced(kinds, kind, given_version or kind.api_version, given_kind or kind.kind))
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise bad_request("the object's metadata must be an object")
    given = metadata.get("namespace") or ""
    if kind.namespaced and given not in ("", namespace):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if name and metadata.get("name") not in (None, "", name):
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})")


def _misplaced(kinds: Kinds, kind: Kind, api_version: str, found: str) -> str:
    """Why an object of another kind cannot be put here."""
    version = api_version.rpartition("/")[2]
    words = f'{found} in version "{version}" cannot be handled as a {kind.kind}: '
    if kinds.by_kind(api_version, found) is None:
        return (
            words + f'no kind "{found}" is registered for version "{api_version}" in scheme "pkg/runtime/scheme.go:111"'
        )
    inner = kind.group.split(".")[0] or "core"
    return words + f"converting ({version}.{found}) to ({inner}.{kind.kind}): unknown conversion"


def _begin(cluster: Cluster, kind: Kind, namespace: str, new: Json) -> None:
    """The fields that only the server sets, at birth."""
    metadata = new["metadata"]
    for name in ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"):
        metadata.pop(name, None)
    if kind.namespaced:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    metadata["uid"] = new_uid()
    metadata["creationTimestamp"] = cluster.now()
    metadata.pop("generation", None)
    if kind.generation or kind.custom:
        metadata["generation"] = 1
    if kind.has_status:
        new.pop("status", None)
    if cluster.settings.old:
        where = f"/namespaces/{namespace}" if kind.namespaced else ""
        root = "apis" if kind.group else "api"
        metadata["selfLink"] = f"/{root}/{kind.api_version}{where}/{kind.plural}/{metadata.get('name', '')}"


def replace(
    cluster: Cluster,
    kind: Kind,
    namespace: str,
    name: str,
    body: Json,
    options: WriteOptions,
    user: User,
    subresource: str,
) -> Written:
    """Replace an object, or its status.

    Raises:
        ApiError: 400, 404, 409 or 422.
    """
    check_identity(cluster.kinds, kind, body, namespace, name)
    metadata = body.get("metadata") or {}
    if (kind.group, kind.kind) in CREATED_BY_PUT and not subresource:
        with cluster.store.lock:
            if cluster.store.get(kind.where, key_of(kind, namespace, name)) is None:
                named = {**body, "metadata": {**metadata, "name": name}}
                return create(cluster, kind, namespace, named, options, user)
    if kind.custom and not metadata.get("resourceVersion"):
        with cluster.store.lock:
            if cluster.store.get(kind.where, key_of(kind, namespace, name)) is None:
                raise not_found(kind.group, kind.plural, name)
        cause = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
        raise invalid(kind.group, kind.plural, name, [cause])
    return change(cluster, kind, namespace, name, lambda _: clone(body), options, user, subresource)


def patch(
    cluster: Cluster, kind: Kind, namespace: str, name: str, content_type: str, raw: Any, options: WriteOptions,
    user: User, subresource: str,
) -> Written:  # fmt: skip
    """Patch an object, by the patch's own content type.

    Raises:
        ApiError: 400, 404, 409, 415 or 422.
    """
    if content_type in apply.CONTENT_TYPES and not cluster.settings.old:
        return apply.apply(cluster, kind, namespace, name, raw, options, user, subresource)
    transform = patches.transform_of(kind, content_type, raw)

    def checked(current: Json) -> Json:
        new = transform(current)
        check_identity(cluster.kinds, kind, new, namespace, name)
        return new

    return change(cluster, kind, namespace, name, checked, options, user, subresource)


def finalize(cluster: Cluster, kind: Kind, name: str, body: Json) -> Json:
    """Set a namespace's own finalizers; the last one gone ends it.

    Raises:
        ApiError: 404 or 409.
    """
    with cluster.store.lock:
        stored = cluster.store.get(kind.where, name)
        if stored is None:
            raise not_found(kind.group, kind.plural, name)
        metadata = stored.object["metadata"]
        asked = (body.get("metadata") or {}).get("resourceVersion")
        if asked and asked != metadata["resourceVersion"]:
            raise modified(kind.group, kind.plural, name)
        finalizers = (body.get("spec") or {}).get("finalizers") or []
        new = {**stored.object, "metadata": dict(metadata), "spec": {"finalizers": finalizers} if finalizers else {}}
        if not finish(cluster, kind, stored, new):
            cluster.store.put(kind.where, name, new)
    return {**new, "apiVersion": kind.api_version, "kind": kind.kind}
