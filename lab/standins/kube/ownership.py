"""managedFields: who set which field, kept at each write; the base of server-side apply."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .errors import Json
from .merge_keys import SETS, list_keys, schema_list_keys

Path = tuple[str, ...]

_NOBODYS = frozenset(
    {
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
        "deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
    }
)  # fmt: skip


def leaves(value: Json, schema: Json) -> dict[Path, Any]:
    """Every field of an object that someone can own, with its value."""
    found: dict[Path, Any] = {}
    for name, part in value.items():
        if name in ("apiVersion", "kind"):
            continue
        if name == "metadata":
            part = {key: one for key, one in part.items() if key not in _NOBODYS}
            for key, one in part.items():
                _collect(found, ("f:metadata", f"f:{key}"), key, one, {})
            continue
        _collect(found, (f"f:{name}",), name, part, (schema.get("properties") or {}).get(name) or {})
    return found


def _collect(found: dict[Path, Any], path: Path, name: str, value: Any, schema: Json) -> None:
    if isinstance(value, dict) and value and schema.get("x-kubernetes-map-type") != "atomic":
        properties = schema.get("properties") or {}
        extra = schema.get("additionalProperties")
        for key, part in value.items():
            inner = properties.get(key) or (extra if isinstance(extra, dict) else {})
            _collect(found, (*path, f"f:{key}"), key, part, inner)
        return
    if isinstance(value, list) and value:
        keys = schema_list_keys(schema) if schema else list_keys(name, value)
        if keys:
            for item in value:
                named = (*path, "k:" + json.dumps({key: item.get(key) for key in sorted(keys)}, separators=(",", ":")))
                membership = (*named, ".")
                found[membership] = None
                for key, part in item.items():
                    inner = ((schema.get("items") or {}).get("properties") or {}).get(key) or {}
                    _collect(found, (*named, f"f:{key}"), key, part, inner)
            return
        if (name in SETS or schema.get("x-kubernetes-list-type") == "set") and not any(
            isinstance(item, dict | list) for item in value
        ):
            for item in value:
                member = (*path, "v:" + json.dumps(item))
                found[member] = item
            return
    found[path] = value


def as_fields(paths: Iterable[Path]) -> Json:
    """A set of paths in the FieldsV1 form."""
    tree: Json = {}
    for path in sorted(paths):
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    return tree


def as_paths(fields: Json) -> set[Path]:
    """The set of paths of a FieldsV1 tree."""
    found: set[Path] = set()

    def walk(node: Json, path: Path) -> None:
        for step, inner in node.items():
            if inner:
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


def record(new: Json, old: Json | None, *, manager: str, schema: Json, now: str, subresource: str = "") -> None:
    """Note in `new` that `manager` set what differs from `old`; fields that are gone are nobody's any more."""
    after = leaves(new, schema)
    before = leaves(old, schema) if old is not None else {}
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    entries = [dict(entry) for entry in (old or {}).get("metadata", {}).get("managedFields") or ()]
    kept: list[Json] = []
    mine: Json | None = None
    for entry in entries:
        owned = as_paths(entry.get("fieldsV1") or {})
        is_mine = entry is entry_of(entries, manager=manager, operation="Update", subresource=subresource)
        left = {path for path in owned if path in after}
        left = left | changed if is_mine else left - changed
        if not left:
            continue
        if left != owned:
            entry["fieldsV1"] = as_fields(left)
        if is_mine:
            mine = entry
        kept.append(entry)
    if changed:
        if mine is None:
            mine = new_entry(manager, "Update", new["apiVersion"], now, as_fields(changed), subresource)
            kept.append(mine)
        mine["time"] = now
        mine["apiVersion"] = new["apiVersion"]
    new["metadata"].pop("managedFields", None)
    if kept:
        new["metadata"]["managedFields"] = kept


def new_entry(manager: str, operation: str, api_version: str, now: str, fields: Json, subresource: str = "") -> Json:
    """One entry of managedFields."""
    entry: Json = {"manager": manager, "operation": operation, "apiVersion": api_version, "time": now}
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": fields}
    if subresource:
        entry["subresource"] = subresource
    return entry
