"""Server-side apply: what a manager no longer lists goes, what another manager owns is a conflict."""

from __future__ import annotations

import json
from typing import Any

from . import ownership
from .changing import Written, change
from .cluster import Cluster, User, key_of
from .errors import ApiError, Cause, Json, bad_request, invalid, required
from .kinds import Kind
from .merge_keys import SETS, list_keys, schema_list_keys
from .options import WriteOptions
from .ownership import Path, as_fields, as_paths, entry_of, leaves, new_entry, written_as
from .store import clone

CONTENT_TYPES = ("application/apply-patch+yaml",)


def apply(
    cluster: Cluster,
    kind: Kind,
    namespace: str,
    name: str,
    raw: Any,
    options: WriteOptions,
    user: User,
    subresource: str,
) -> Written:
    """Apply a configuration; creates the object where there is none.

    Raises:
        ApiError: 409 with the fields that others own, 422 without a field manager, and what any write raises.
    """
    from .writing import check_identity, create

    if not isinstance(raw, dict):
        raise bad_request("error decoding YAML: the configuration must be an object")
    if not options.named:
        raise invalid("meta.k8s.io", "PatchOptions", "", [required("fieldManager", "is required for apply patch")])
    if not raw.get("kind") or not raw.get("apiVersion"):
        raise bad_request(_not_this(raw))
    if (raw["apiVersion"], raw["kind"]) != (kind.api_version, kind.kind):
        raise bad_request(_not_this(raw))
    check_identity(cluster.kinds, kind, raw, namespace, name)
    if (raw.get("metadata") or {}).get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    wanted = clone(raw)
    wanted.setdefault("metadata", {})["name"] = name
    applied = ownership.applied(wanted, kind.schema)
    with cluster.store.lock:
        stored = cluster.store.get(kind.where, key_of(kind, namespace, name))
        if stored is None and not subresource:
            entry = new_entry(options.manager, "Apply", kind.api_version, cluster.now(), as_fields(applied))
            return create(cluster, kind, namespace, _with(wanted, entry), options, user, applied=True)

        def transform(current: Json) -> Json:
            return _merged(kind, current, wanted, applied, options, cluster.now(), subresource)

        return change(cluster, kind, namespace, name, transform, options, user, subresource, applying=True)


def _not_this(raw: Json) -> str:
    group, _, version = str(raw.get("apiVersion") or "").rpartition("/")
    return f"invalid object type: {group}/{version}, Kind={raw.get('kind') or ''}"


def _with(value: Json, entry: Json) -> Json:
    value["metadata"]["managedFields"] = [entry]
    return value


def _merged(
    kind: Kind, current: Json, wanted: Json, applied: dict[Path, Any], options: WriteOptions, now: str, subresource: str
) -> Json:
    entries: list[Json] = [dict(entry) for entry in current["metadata"].get("managedFields") or ()]
    mine = entry_of(entries, manager=options.manager, operation="Apply", subresource=subresource)
    before = as_paths(mine.get("fieldsV1") or {}) if mine else set()
    others = [entry for entry in entries if entry is not mine]
    owned = {id(entry): as_paths(entry.get("fieldsV1") or {}) for entry in others}
    values = leaves(current, kind.schema)
    differing = {path for path, value in applied.items() if path in values and values[path] != value}
    if not options.force:
        _refuse_conflicts(others, owned, differing)
    result: Json = merge(current, wanted, kind.schema, "")
    _drop_unlisted(result, before - set(applied), set().union(*owned.values()))
    kept = []
    for entry in others:
        left = owned[id(entry)] - differing
        if left:
            kept.append({**entry, "fieldsV1": as_fields(left)} if left != owned[id(entry)] else entry)
    fields = as_fields(applied)
    if mine is None or mine.get("fieldsV1") != fields:
        mine = new_entry(options.manager, "Apply", kind.api_version, now, fields, subresource)
    ownership.write(result, [*kept, mine])
    return result


def _drop_unlisted(value: Json, paths: set[Path], others: set[Path]) -> None:
    """Take out what its manager no longer lists and nobody else owns: items of lists as a whole, then single fields."""
    items = sorted(path for path in paths if path[-1].startswith("k:"))
    whole = [item for item in items if not any(other[: len(item)] == item for other in others)]
    for item in whole:
        drop(value, item)
    for path in sorted(paths - others, key=len, reverse=True):
        if path not in items and not any(path[: len(item)] == item for item in whole):
            drop(value, path)


def _refuse_conflicts(others: list[Json], owned: dict[int, set[Path]], differing: set[Path]) -> None:
    causes: list[Cause] = []
    words: list[str] = []
    for entry in others:
        fields = sorted(written_as(path) for path in owned[id(entry)] & differing)
        if not fields:
            continue
        who = f'conflict with "{entry["manager"]}"'
        if entry.get("subresource"):
            who += f' with subresource "{entry["subresource"]}"'
        if entry["operation"] != "Apply":
            who += f" using {entry['apiVersion']}"
        causes += [Cause(field, "FieldManagerConflict", who) for field in fields]
        listed = fields[0] if len(fields) == 1 else "\n- " + "\n- ".join(fields)
        several = who.replace("conflict with", "conflicts with", 1)
        words.append(f"{who}: {listed}" if len(fields) == 1 else f"{several}:{listed}")
    if causes:
        count = f"{len(causes)} conflict{'s' if len(causes) > 1 else ''}"
        listed = words[0] if len(words) == 1 else "\n" + "\n".join(words)
        details = {"causes": [cause.as_json() for cause in causes]}
        raise ApiError(409, "Conflict", f"Apply failed with {count}: {listed}", details=details)


def merge(current: Any, wanted: Any, schema: Json, name: str) -> Any:
    """The configuration laid over the object: maps by key, lists by their items' names, all else replaced."""
    if isinstance(wanted, dict) and isinstance(current, dict) and schema.get("x-kubernetes-map-type") != "atomic":
        result = dict(current)
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        for key, part in wanted.items():
            inner = properties.get(key) or (extra if isinstance(extra, dict) else {})
            result[key] = merge(current.get(key), part, inner, key)
        return result
    if isinstance(wanted, list) and isinstance(current, list):
        keys = schema_list_keys(schema) if schema else list_keys(name, [*current, *wanted])
        if keys:
            return _merge_items(current, wanted, keys, schema.get("items") or {})
        if name in SETS or schema.get("x-kubernetes-list-type") == "set":
            return [*current, *(item for item in wanted if item not in current)]
    return wanted


def _merge_items(current: list[Json], wanted: list[Json], keys: tuple[str, ...], schema: Json) -> list[Json]:
    result = list(current)
    for item in wanted:
        for position, one in enumerate(result):
            if all(one.get(key) == item.get(key) for key in keys):
                result[position] = merge(one, item, schema, "")
                break
        else:
            result.append(item)
    return result


def drop(value: Any, path: Path) -> None:
    """Take a field out of an object; what is not there, or a map that still holds others' fields, is left."""
    for step in path[:-1]:
        value = _inside(value, step)
        if value is None:
            return
    last = path[-1]
    if last.startswith("f:") and isinstance(value, dict):
        found = value.get(last[2:])
        if not (isinstance(found, dict) and found):
            value.pop(last[2:], None)
    elif isinstance(value, list):
        item = _inside(value, last)
        if item in value:
            value.remove(item)


def _inside(value: Any, step: str) -> Any:
    """What a step leads to; None where there is nothing."""
    if step.startswith("f:"):
        return value.get(step[2:]) if isinstance(value, dict) else None
    wanted = json.loads(step[2:])
    if not isinstance(value, list):
        return None
    if step.startswith("v:"):
        return wanted if wanted in value else None
    return next((one for one in value if all(one.get(key) == part for key, part in wanted.items())), None)
