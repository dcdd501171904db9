"""An operator's own changes on the way: JSON Patches and merge patches by kind, namespace, name and labels."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from paas.errors import InvalidInput, PaasError
from paas.migration.json_types import Json

_FIELDS = ("kind", "namespace", "name", "labels", "patch", "merge")
_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")


class TransformFailed(PaasError):
    """A JSON Patch does not fit an object that it was meant for."""


@dataclass(frozen=True)
class Transform:
    """One change, and which objects it is for.

    Attributes:
        kind: `Deployment`, or `*`.
        namespace: The source namespace, `*` for any part of it.
        name: The name, likewise.
        labels: Labels that the object has.
        patch: JSON Patch operations (RFC 6902).
        merge: A merge patch (RFC 7386).
    """

    kind: str = "*"
    namespace: str = "*"
    name: str = "*"
    labels: Mapping[str, str] = field(default_factory=dict)
    patch: tuple[Mapping[str, Any], ...] | None = None
    merge: Mapping[str, Any] | None = None

    @classmethod
    def load_all(cls, given: Any) -> tuple[Transform, ...]:
        """Read the parameter `transforms`.

        Raises:
            InvalidInput: It is no list of transforms.
        """
        if not isinstance(given, list):
            raise InvalidInput(
                "transforms", given, "a list of objects with kind, namespace, name, labels, patch or merge"
            )
        return tuple(cls._load(f"transforms[{index}]", each) for index, each in enumerate(given))

    @classmethod
    def _load(cls, where: str, given: Any) -> Transform:
        if not isinstance(given, dict):
            raise InvalidInput(where, given, f"an object with some of {', '.join(_FIELDS)}")
        for name in given:
            if name not in _FIELDS:
                raise InvalidInput(f"{where}.{name}", given[name], f"one of {', '.join(_FIELDS)}")
        if ("patch" in given) == ("merge" in given):
            raise InvalidInput(where, sorted(given), "exactly one of patch (JSON Patch) and merge (merge patch)")
        patch = given.get("patch")
        if patch is not None:
            _check_patch(f"{where}.patch", patch)
        if "merge" in given and not isinstance(given["merge"], dict):
            raise InvalidInput(f"{where}.merge", given["merge"], "an object")
        for name in ("kind", "namespace", "name"):
            if not isinstance(given.get(name, "*"), str):
                raise InvalidInput(f"{where}.{name}", given[name], "a text, * for any part")
        labels = given.get("labels") or {}
        if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
            raise InvalidInput(f"{where}.labels", labels, "a map of texts to texts")
        return cls(**{**given, "labels": labels, "patch": tuple(patch) if patch is not None else None})

    def fits(self, obj: Json) -> bool:
        """Whether it is for this object, as the source has it."""
        metadata = obj["metadata"]
        found = metadata.get("labels") or {}
        return (
            fnmatchcase(obj.get("kind", ""), self.kind)
            and fnmatchcase(metadata.get("namespace", ""), self.namespace)
            and fnmatchcase(metadata["name"], self.name)
            and all(found.get(label) == value for label, value in self.labels.items())
        )

    def apply(self, obj: Json) -> Json:
        """The changed object.

        Raises:
            TransformFailed: The patch does not fit, or would change which object it is.
        """
        changed = merged(obj, self.merge) if self.merge is not None else self._patched(obj)
        if _name_of(changed) != _name_of(obj):
            raise TransformFailed("a transform may not change apiVersion, kind, namespace or name; see namespace_map")
        return changed

    def _patched(self, obj: Json) -> Json:
        import jsonpatch

        try:
            changed: Json = jsonpatch.apply_patch(obj, list(self.patch or ()))
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            # The library quotes the document, which may be a Secret; its class alone says enough.
            raise TransformFailed(f"a JSON Patch does not fit: {type(error).__name__}") from None
        return changed


def _name_of(obj: Any) -> tuple[Any, ...]:
    try:
        metadata = obj["metadata"]
        return obj["apiVersion"], obj["kind"], metadata.get("namespace"), metadata["name"]
    except (KeyError, TypeError, AttributeError):
        return ()


def merged(target: Any, patch: Any) -> Any:
    """A merge patch applied, as RFC 7386 says; the target is left as it is."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _check_patch(where: str, patch: Any) -> None:
    if not isinstance(patch, list) or not patch:
        raise InvalidInput(where, patch, "a list of JSON Patch operations")
    for index, operation in enumerate(patch):
        op = operation.get("op") if isinstance(operation, dict) else None
        path = operation.get("path") if isinstance(operation, dict) else None
        if op not in _OPERATIONS or not isinstance(path, str) or (path and not path.startswith("/")):
            raise InvalidInput(
                f"{where}[{index}]", operation, f"an operation: op (one of {', '.join(_OPERATIONS)}) and path (/a/b)"
            )
