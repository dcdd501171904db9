"""delete: preconditions, finalizers, grace, propagation."""

from __future__ import annotations

from .cluster import Cluster, key_of
from .errors import ApiError, Json, conflict, forbidden, invalid, invalid_value, not_found, unsupported
from .kinds import Kind
from .rules import rule_of
from .store import Stored, encode

# Kinds whose deletion answers with the object itself rather than with a Status.
RETURNS_OBJECT = frozenset(
    {
        ("", "Namespace"), ("", "Pod"), ("", "PodTemplate"), ("", "PersistentVolume"), ("", "PersistentVolumeClaim"),
        ("", "ResourceQuota"), ("", "Service"), ("", "ServiceAccount"),
        ("storage.k8s.io", "StorageClass"), ("storage.k8s.io", "CSIDriver"), ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "VolumeAttachment"),
    }
)  # fmt: skip
IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
FINALIZER = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


def read_options(body: Json, query: Json) -> Json:
    """DeleteOptions, from the body and, where it says nothing, from the query.

    Raises:
        ApiError: 422, a value that is none.
    """
    options = dict(body)
    for name in ("propagationPolicy", "gracePeriodSeconds", "orphanDependents"):
        if name not in options and query.get(name):
            text = query[name]
            options[name] = text
            if name == "gracePeriodSeconds":
                options[name] = int(text)
            elif name == "orphanDependents":
                options[name] = text == "true"
    if "dryRun" not in options and query.get("dryRun"):
        options["dryRun"] = [query["dryRun"]]
    policy = options.get("propagationPolicy")
    if policy not in (None, "", "Background", "Foreground", "Orphan"):
        cause = unsupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"])
        raise invalid("meta.k8s.io", "DeleteOptions", "", [cause])
    if policy and "orphanDependents" in options:
        cause = invalid_value(
            "propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"
        )
        raise invalid("meta.k8s.io", "DeleteOptions", "", [cause])
    return options


def delete(cluster: Cluster, kind: Kind, namespace: str, name: str, options: Json) -> tuple[int, bytes]:
    """Delete an object, or mark it as going.

    Returns:
        The HTTP status and the body: the object while something holds it back, else a Status.

    Raises:
        ApiError: 403, 404 or 409.
    """
    with cluster.store.lock:
        stored = cluster.store.get(kind.where, key_of(kind, namespace, name))
        if stored is None:
            raise not_found(kind.group, kind.plural, name)
        if (kind.group, kind.kind) == ("", "Namespace") and name in IMMORTAL:
            raise forbidden("", "namespaces", name, "this namespace may not be deleted")
        _check_preconditions(kind, stored, options.get("preconditions") or {})
        dry = "All" in (options.get("dryRun") or ())
        marked = _mark(cluster, kind, stored, options)
        if marked is not None:
            if dry or marked is stored.object:
                return 200, encode({**marked, "apiVersion": kind.api_version, "kind": kind.kind})
            now = cluster.store.put(kind.where, stored.key, marked)
            return 200, now.encoded(kind.api_version, kind.kind)
        if not dry:
            remove(cluster, kind, stored)
    if (kind.group, kind.kind) in RETURNS_OBJECT:
        return 200, stored.encoded(kind.api_version, kind.kind)
    details = {"name": name, "group": kind.group, "kind": kind.plural, "uid": stored.object["metadata"]["uid"]}
    if not kind.group:
        del details["group"]
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
    return 200, encode(status)


def _check_preconditions(kind: Kind, stored: Stored, wanted: Json) -> None:
    metadata = stored.object["metadata"]
    for field, label, guess in (
        ("uid", "UID", "deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "modified"),
    ):
        asked, found = wanted.get(field), metadata[field]
        if asked and asked != found:
            why = (
                f"the {label} in the precondition ({asked}) does not match the {label} in record ({found}). "
                f"The object might have been {guess}"
            )
            raise conflict(kind.group, kind.kind, metadata["name"], why)


def _mark(cluster: Cluster, kind: Kind, stored: Stored, options: Json) -> Json | None:
    """The object marked as going, or itself when it is already; None when nothing holds it back."""
    metadata = stored.object["metadata"]
    finalizers = _finalizers(metadata, options)
    grace = _grace(kind, stored.object, options)
    if kind.third_party:  # nobody honoured finalizers there
        return None
    holds = bool(finalizers) or bool(grace) or rule_of(kind).holds(stored.object)
    if not holds:
        return None
    going = bool(metadata.get("deletionTimestamp"))
    sooner = going and grace < metadata.get("deletionGracePeriodSeconds", 0)
    if going and not sooner and finalizers == (metadata.get("finalizers") or []):
        return stored.object
    new_metadata = {**metadata, "finalizers": finalizers}
    if not finalizers:
        del new_metadata["finalizers"]
    if not going or sooner:
        new_metadata["deletionTimestamp"] = cluster.now(plus=grace)
        new_metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata and not going:
            new_metadata["generation"] = metadata["generation"] + 1
    marked = {**stored.object, "metadata": new_metadata}
    rule_of(kind).going(cluster, marked)
    return marked


def _finalizers(metadata: Json, options: Json) -> list[str]:
    found: list[str] = list(metadata.get("finalizers") or [])
    policy = options.get("propagationPolicy")
    if options.get("orphanDependents") is True:
        policy = "Orphan"
    elif options.get("orphanDependents") is False:
        policy = "Background"
    if policy:
        found = [one for one in found if one not in FINALIZER.values()]
        if policy in FINALIZER:
            found.append(FINALIZER[policy])
    return found


def _grace(kind: Kind, value: Json, options: Json) -> int:
    """Seconds of grace: only Pods on a node have any."""
    if (kind.group, kind.kind) != ("", "Pod") or not value.get("spec", {}).get("nodeName"):
        return 0
    if value.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    asked = options.get("gracePeriodSeconds")
    return int(value["spec"].get("terminationGracePeriodSeconds", 30) if asked is None else asked)


def remove(cluster: Cluster, kind: Kind, stored: Stored) -> None:
    """Take an object out of the store; the caller holds the lock."""
    cluster.store.remove(kind.where, stored.key)
    rule_of(kind).removed(cluster, stored.object)


def finish(cluster: Cluster, kind: Kind, stored: Stored, new: Json) -> bool:
    """Remove an object that is going once its last finalizer has gone; the caller holds the lock."""
    metadata = new["metadata"]
    if (
        not metadata.get("deletionTimestamp")
        or metadata.get("finalizers")
        or metadata.get("deletionGracePeriodSeconds")
    ):
        return False
    if rule_of(kind).holds(new):
        return False
    remove(cluster, kind, stored)  # the DELETED event carries what was stored, the finalizer with it
    return True


def delete_collection(cluster: Cluster, kind: Kind, found: list[Stored], options: Json) -> None:
    """Delete each of these objects; one that is gone meanwhile is no error."""
    for one in found:
        metadata = one.object["metadata"]
        try:
            delete(cluster, kind, metadata.get("namespace", ""), metadata["name"], options)
        except ApiError as error:
            if error.code != 404:
                raise
