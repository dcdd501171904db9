"""Change a stored object: versions compared, what cannot change kept, generation counted, under the store's lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import admission, ownership
from .cluster import Cluster, User, key_of
from .deleting import finish
from .errors import Json, conflict, forbidden_field, internal, invalid, modified, not_found
from .kinds import Kind
from .options import WriteOptions
from .rules import rule_of
from .store import Stored, clone, encode

Transform = Callable[[Json], Json]


@dataclass
class Written:
    """What a write leaves: the object as JSON, and what to warn of."""

    body: bytes
    value: Json
    created: bool = False
    warnings: list[str] = field(default_factory=list)


def change(
    cluster: Cluster,
    kind: Kind,
    namespace: str,
    name: str,
    transform: Transform,
    options: WriteOptions,
    user: User,
    subresource: str = "",
    *,
    applying: bool = False,
) -> Written:
    """Put what `transform` makes of the stored object in its place.

    Raises:
        ApiError: 404, 409 or 422, or whatever `transform` raises.
    """
    with cluster.store.lock:
        stored = cluster.store.get(kind.where, key_of(kind, namespace, name))
        if stored is None:
            raise not_found(kind.group, kind.plural, name)
        old = {**stored.object, "apiVersion": kind.api_version, "kind": kind.kind}
        new = transform(clone(old))
        new["apiVersion"], new["kind"] = kind.api_version, kind.kind
        _check_versions(cluster, kind, stored, new.setdefault("metadata", {}))
        _keep(kind, new, old, subresource)
        warnings = admission.admit(cluster, kind, new, old, options)
        _check_finalizers(kind, new, old)
        admission.check(cluster, kind, new, old, user, subresource)
        _count_generation(kind, new, old)
        if not applying and not cluster.settings.old:
            ownership.record(kind, new, old, manager=options.manager, now=cluster.now(), subresource=subresource)
        rule_of(kind).allocate(cluster, new)
        if options.dry_run:
            return Written(encode(new), new, warnings=warnings)
        if _same(new, old):
            return Written(stored.encoded(kind.api_version, kind.kind), stored.object, warnings=warnings)
        if finish(cluster, kind, stored, new):
            return Written(encode(new), new, warnings=warnings)
        rule_of(kind).commit(cluster, new, old)
        now = cluster.store.put(kind.where, stored.key, new)
    return Written(now.encoded(kind.api_version, kind.kind), now.object, warnings=warnings)


def _check_versions(cluster: Cluster, kind: Kind, stored: Stored, metadata: Json) -> None:
    before = stored.object["metadata"]
    asked, uid = metadata.get("resourceVersion"), metadata.get("uid")
    if asked and asked != before["resourceVersion"]:
        if not str(asked).isdigit():
            raise internal(f'strconv.ParseUint: parsing "{asked}": invalid syntax')
        raise modified(kind.group, kind.plural, before["name"])
    if uid and uid != before["uid"]:
        group = f"{kind.group}/" if kind.group else ""
        raise conflict(
            kind.group, kind.plural, before["name"],
            f"StorageError: invalid object, Code: 4, Key: /{cluster.name}/{group}{kind.plural}/{stored.key}, "
            f"ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, "
            f"UID in object meta: {before['uid']}",
        )  # fmt: skip


_SERVERS = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
            "resourceVersion", "namespace", "name", "generateName")  # fmt: skip


def _keep(kind: Kind, new: Json, old: Json, subresource: str) -> None:
    """What this write cannot change stays as it was."""
    if subresource == "status":
        status = new.get("status")
        metadata = clone(old["metadata"])
        metadata.pop("managedFields", None)
        keep = {key: clone(part) for key, part in old.items() if key not in ("status", "metadata")}
        new.clear()
        new |= {**keep, "metadata": metadata}
        if status is not None:
            new["status"] = status
        return
    metadata, before = new["metadata"], old["metadata"]
    for name in _SERVERS:
        if name in before:
            metadata[name] = before[name]
        else:
            metadata.pop(name, None)
    if kind.has_status:
        new.pop("status", None)
        if "status" in old:
            new["status"] = clone(old["status"])


def _check_finalizers(kind: Kind, new: Json, old: Json) -> None:
    if not old["metadata"].get("deletionTimestamp"):
        return
    had = old["metadata"].get("finalizers") or []
    added = [one for one in new["metadata"].get("finalizers") or [] if one not in had]
    if added:
        quoted = ", ".join(f'"{one}"' for one in sorted(added))
        detail = (
            f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{quoted}}}"
        )
        raise invalid(kind.group, kind.kind, old["metadata"]["name"], [forbidden_field("metadata.finalizers", detail)])


def _count_generation(kind: Kind, new: Json, old: Json) -> None:
    if not (kind.generation or kind.custom):
        return
    apart = {"metadata", "status"} if kind.has_status else {"metadata"}
    after = {key: part for key, part in new.items() if key not in apart}
    before = {key: part for key, part in old.items() if key not in apart}
    if after != before:
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _same(new: Json, old: Json) -> bool:
    """Whether a write changes nothing; when only the time in managedFields moved on, it does not."""

    def bare(value: Json) -> Json:
        return {**value, "metadata": {key: part for key, part in value["metadata"].items() if key != "managedFields"}}

    if bare(new) != bare(old):
        return False

    def owned(value: Json) -> list[Json]:
        entries = value["metadata"].get("managedFields") or []
        return [{key: part for key, part in entry.items() if key != "time"} for entry in entries]

    return owned(new) == owned(old)
