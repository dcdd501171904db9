"""managedFields: who set which field, kept at each write; the base of server-side apply.

A field is a path of FieldsV1 steps (`f:spec`, `k:{"name":"a"}`, `v:"x"`). A map or a list's item is a field of its own
besides what is in it: it is written as "." there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .errors import Json
from .kinds import Kind
from .merge_keys import ATOMIC, ATOMIC_ITEMS, SETS, list_keys, schema_list_keys

Path = tuple[str, ...]

_NOBODYS = frozenset(
    {
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
        "deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
    }
)  # fmt: skip
_CONTAINER = object()  # the value of a map or an item as a field: it is there, and never differs


def leaves(value: Json, schema: Json) -> dict[Path, Any]:
    """Every field of an object that someone can own, with its value."""
    found: dict[Path, Any] = {}
    for name, part in value.items():
        if name in ("apiVersion", "kind"):
            continue
        if name == "metadata":
            for key, one in part.items():
                if key not in _NOBODYS:
                    _collect(found, ("f:metadata", f"f:{key}"), key, one, {})
            continue
        _collect(found, (f"f:{name}",), name, part, (schema.get("properties") or {}).get(name) or {})
    return found


def applied(value: Json, schema: Json) -> dict[Path, Any]:
    """The fields of a configuration: maps count only where they are empty, items of lists always."""
    found = leaves(value, schema)
    return {path: one for path, one in found.items() if one is not _CONTAINER or path[-1].startswith("k:")}


def _collect(found: dict[Path, Any], path: Path, name: str, value: Any, schema: Json) -> None:
    atomic = schema.get("x-kubernetes-map-type") == "atomic" or (not schema and name in ATOMIC)
    if isinstance(value, dict) and value and not atomic:
        found[path] = _CONTAINER
        properties = schema.get("properties") or {}
        extra = schema.get("additionalProperties")
        for key, part in value.items():
            inner = properties.get(key) or (extra if isinstance(extra, dict) else {})
            _collect(found, (*path, f"f:{key}"), key, part, inner)
        return
    if isinstance(value, list) and value:
        keys = schema_list_keys(schema) if schema else list_keys(name, value)
        if keys:
            _collect_items(found, path, name, value, keys, schema)
            return
        if name in SETS or schema.get("x-kubernetes-list-type") == "set":
            found[path] = _CONTAINER
            for item in value:
                member = (*path, "v:" + json.dumps(item))
                found[member] = item
            return
    found[path] = value


def _collect_items(
    found: dict[Path, Any], path: Path, name: str, items: list[Json], keys: tuple[str, ...], schema: Json
) -> None:
    found[path] = _CONTAINER
    properties = (schema.get("items") or {}).get("properties") or {}
    for item in items:
        step = "k:" + json.dumps({key: item.get(key) for key in sorted(keys)}, separators=(",", ":"))
        here = (*path, step)
        if name in ATOMIC_ITEMS:
            found[here] = item
            continue
        found[here] = _CONTAINER
        for key, part in item.items():
            _collect(found, (*here, f"f:{key}"), key, part, properties.get(key) or {})


def as_fields(paths: Iterable[Path]) -> Json:
    """A set of paths in the FieldsV1 form."""
    tree: Json = {}
    members = set(paths)
    for path in sorted(members):
        node = tree
        for depth, step in enumerate(path):
            node = node.setdefault(step, {})
            if depth < len(path) - 1 and path[: depth + 1] in members:
                node.setdefault(".", {})
    return tree


def as_paths(fields: Json) -> set[Path]:
    """The set of paths of a FieldsV1 tree."""
    found: set[Path] = set()

    def walk(node: Json, path: Path) -> None:
        for step, inner in node.items():
            if step == ".":
                found.add(path)
            elif inner:
                walk(inner, (*path, step))
            else:
                found.add((*path, step))

    walk(fields, ())
    return found


def written_as(path: Path) -> str:
    """A path as a conflict's words show it: `.spec.replicas`, `.spec.containers[name="a"].image`."""
    words = ""
    for step in path:
        if step.startswith("f:"):
            words += "." + step[2:]
        elif step.startswith("k:"):
            keys = json.loads(step[2:])
            words += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in keys.items()) + "]"
        elif step.startswith("v:"):
            words += f"[={step[2:]}]"
    return words


def entry_of(entries: list[Json], *, manager: str, operation: str, subresource: str = "") -> Json | None:
    """A manager's entry for an operation, if it has one."""
    for entry in entries:
        same = entry.get("manager") == manager and entry.get("operation") == operation
        if same and entry.get("subresource", "") == subresource:
            return entry
    return None


def record(kind: Kind, new: Json, old: Json | None, *, manager: str, now: str, subresource: str = "") -> None:
    """Note in `new` that `manager` set what differs from `old`; fields that are gone are nobody's any more.

    What the server itself sets (a status outside its subresource, a namespace's finalizers) is nobody's.
    """
    after = leaves(new, kind.schema)
    before = leaves(old, kind.schema) if old is not None else {}
    changed = {
        path
        for path, value in after.items()
        if (path not in before or before[path] != value) and len(path) > 0 and _owned(kind, path, subresource)
    }
    entries = [dict(entry) for entry in (old or {}).get("metadata", {}).get("managedFields") or ()]
    mine = entry_of(entries, manager=manager, operation="Update", subresource=subresource)
    kept: list[Json] = []
    for entry in entries:
        owned = as_paths(entry.get("fieldsV1") or {})
        left = {path for path in owned if path in after}
        left = left | changed if entry is mine else left - changed
        if left:
            kept.append(entry if left == owned else {**entry, "fieldsV1": as_fields(left)})
    if changed:
        kept = [
            entry
            for entry in kept
            if entry_of([entry], manager=manager, operation="Update", subresource=subresource) is None
        ]
        owned = as_paths(mine.get("fieldsV1") or {}) if mine else set()
        fields = as_fields({path for path in owned if path in after} | changed)
        kept.append(new_entry(manager, "Update", new["apiVersion"], now, fields, subresource))
    write(new, kept)


def _owned(kind: Kind, path: Path, subresource: str) -> bool:
    if path == ("f:spec",) or path == ("f:status",):
        return False  # the roots are everyone's
    if subresource == "status":
        return path[0] == "f:status"
    if kind.has_status and path[0] == "f:status":
        return False
    return not ((kind.group, kind.kind) == ("", "Namespace") and path[0] in ("f:spec", "f:status"))


def write(value: Json, entries: list[Json]) -> None:
    """Put entries into an object in the server's order; none where there are none."""
    value["metadata"].pop("managedFields", None)
    if entries:
        value["metadata"]["managedFields"] = sorted(
            entries, key=lambda entry: (entry["operation"], entry["time"], entry["manager"], entry["apiVersion"])
        )


def new_entry(manager: str, operation: str, api_version: str, now: str, fields: Json, subresource: str = "") -> Json:
    """One entry of managedFields."""
    entry: Json = {"manager": manager, "operation": operation, "apiVersion": api_version, "time": now}
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": fields}
    if subresource:
        entry["subresource"] = subresource
    return entry
