"""Merge patch, JSON patch and strategic merge patch."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .errors import ApiError, Json, bad_request
from .kinds import Kind
from .merge_keys import SETS, list_keys

MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def transform_of(kind: Kind, content_type: str, raw: Any) -> Callable[[Json], Json]:
    """What a patch makes of an object.

    Raises:
        ApiError: 415, a content type that this kind does not take; 400, no patch of that type.
    """
    allowed = [JSON, MERGE, *([] if kind.custom or kind.third_party else [STRATEGIC])]
    if content_type not in allowed:
        if not kind.custom:
            raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})
        types = ", ".join([*allowed, "application/apply-patch+yaml"])
        words = f"the body of the request was in an unknown format - accepted media types include: {types}"
        raise ApiError(415, "UnsupportedMediaType", words)
    if content_type == JSON:
        if not isinstance(raw, list):
            raise bad_request(
                "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
            )
        return lambda current: _apply_json(current, raw)
    if not isinstance(raw, dict):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        )
    if content_type == MERGE:
        return lambda current: merge(current, raw)
    return lambda current: strategic(current, raw)


def merge(current: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(current) if isinstance(current, dict) else {}
    for name, part in patch.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), part)
    return result


def _apply_json(current: Json, operations: list[Json]) -> Json:
    document: Any = current
    for operation in operations:
        try:
            document = _operate(document, operation)
        except (KeyError, IndexError, ValueError, TypeError):
            raise ApiError(
                422, "Invalid", "the server rejected our request due to an error in our request", details={}
            ) from None
    if not isinstance(document, dict):
        raise bad_request("the patched object is no object")
    return document


def _operate(document: Any, operation: Json) -> Any:
    name = operation["op"]
    path = _pointer(operation["path"])
    if name == "test":
        if _look(document, path) != operation.get("value"):
            raise ValueError("test failed")
        return document
    if name in ("move", "copy"):
        source = _pointer(operation["from"])
        value = json.loads(json.dumps(_look(document, source)))
        if name == "move":
            document = _drop(document, source)
        return _add(document, path, value)
    if name == "add":
        return _add(document, path, operation["value"])
    if name == "remove":
        return _drop(document, path)
    if name == "replace":
        if not path:
            return operation["value"]
        holder = _look(document, path[:-1])
        holder[int(path[-1]) if isinstance(holder, list) else path[-1]] = operation["value"]
        return document
    raise ValueError(f"unexpected kind: {name}")


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _look(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[int(part) if isinstance(document, list) else part]
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    holder = _look(document, path[:-1])
    if isinstance(holder, list):
        position = len(holder) if path[-1] == "-" else int(path[-1])
        if not 0 <= position <= len(holder):
            raise IndexError("index out of range")
        holder.insert(position, value)
    else:
        holder[path[-1]] = value
    return document


def _drop(document: Any, path: list[str]) -> Any:
    holder = _look(document, path[:-1])
    del holder[int(path[-1]) if isinstance(holder, list) else path[-1]]
    return document


def strategic(current: Any, patch: Json) -> Json:
    """A strategic merge: like a merge patch, but lists whose items have names merge by name."""
    result: Json = dict(current) if isinstance(current, dict) else {}
    if patch.get("$patch") == "replace":
        return {name: part for name, part in patch.items() if name != "$patch"}
    retained = patch.get("$retainKeys")
    if retained is not None:
        result = {name: part for name, part in result.items() if name in retained}
    for name, part in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            field = name.partition("/")[2]
            result[field] = [item for item in result.get(field) or [] if item not in part]
        elif name.startswith("$"):
            continue
        elif part is None:
            result.pop(name, None)
        elif isinstance(part, dict):
            if part.get("$patch") == "delete":
                result.pop(name, None)
            else:
                result[name] = strategic(result.get(name), part)
        elif isinstance(part, list):
            order = patch.get(f"$setElementOrder/{name}")
            result[name] = _strategic_list(name, result.get(name) or [], part, order)
        else:
            result[name] = part
    for name, order in patch.items():
        if name.startswith("$setElementOrder/") and name.partition("/")[2] not in patch:
            field = name.partition("/")[2]
            found = result.get(field) or []
            result[field] = _ordered(found, order, list_keys(field, found), found)
    return result


def _strategic_list(name: str, current: list[Any], patch: list[Any], order: list[Any] | None) -> list[Any]:
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in patch):
        return [item for item in patch if item.get("$patch") != "replace"]
    plain = [item for item in patch if not (isinstance(item, dict) and "$patch" in item)]
    if name in SETS:
        merged = [*current, *(item for item in patch if item not in current)]
        return _ordered(merged, order or plain, (), current)
    keys = list_keys(name, [*current, *plain]) or list_keys(name, patch)
    if not keys:
        return patch
    result = list(current)
    for item in patch:
        # A deletion names an item by fewer fields than a port has: compare by what it gives.
        given = [key for key in keys if key in item] or list(keys)
        found = [position for position, one in enumerate(result) if all(one.get(key) == item.get(key) for key in given)]
        if item.get("$patch") == "delete":
            result = [one for position, one in enumerate(result) if position not in found]
        elif found:
            result[found[0]] = strategic(result[found[0]], item)
        else:
            result.append(strategic({}, item))
    return _ordered(result, order or plain, keys, current)


def _ordered(items: list[Any], order: list[Any], keys: tuple[str, ...], current: list[Any]) -> list[Any]:
    """The order asked for, and the server's own items between: by the server's order where it knows both."""

    def place(item: Any, among: list[Any]) -> int:
        for position, one in enumerate(among):
            same = (
                all(item.get(key) == one.get(key) for key in keys if key in one)
                if isinstance(one, dict)
                else item == one
            )
            if same:
                return position
        return -1

    asked = sorted((item for item in items if place(item, order) >= 0), key=lambda item: place(item, order))
    rest = [item for item in items if place(item, order) < 0]
    result: list[Any] = []
    while asked and rest:
        left, right = place(rest[0], current), place(asked[0], current)
        result.append(rest.pop(0) if 0 <= left < right else asked.pop(0))
    return [*result, *asked, *rest]
