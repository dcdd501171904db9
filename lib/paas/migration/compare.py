"""Whether two objects say the same, and where they do not: by field, and never a value that may be secret."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from paas.migration import marks
from paas.migration.facts import Facts
from paas.migration.hold import release
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.scrub import scrub

MOST_DIFFERENCES = 20
_MOST_TEXT = 120
#: Texts that an operator needs to see, and that are never secret.
_SHOWN = frozenset({
    "image", "type", "schedule", "storageClassName", "ingressClassName", "clusterIP", "externalName", "host", "path",
    "kind", "name", "apiGroup", "apiVersion", "namespace", "serviceAccountName", "strategy", "protocol", "pathType",
    "restartPolicy", "concurrencyPolicy", "failurePolicy", "reclaimPolicy", "provisioner", "scope", "plural", "cpu",
    "memory", "storage", "pods", "operator", "effect", "targetPort", "engine",
})  # fmt: skip
#: Below these everything is an application's own.
_HIDDEN_BELOW = frozenset({"data", "stringData", "binaryData", "env", "args", "command", "annotations"})


@dataclass(frozen=True)
class Difference:
    """One field that differs.

    Attributes:
        field: `spec.template.spec.containers[0].image`.
        wanted: What the source says, in words; the value only where it cannot be secret.
        found: What the destination says.
    """

    field: str
    wanted: str
    found: str

    def as_dict(self) -> dict[str, str]:
        """For reports."""
        return {"field": self.field, "source": self.wanted, "destination": self.found}


def comparable(live: Json, *, rules: Kind, facts: Facts, keep_finalizers: Collection[str] = ()) -> Json:
    """A live object of the destination as it is compared: with its own values, without what the cluster added."""
    release(live)
    scrub(live, kind=rules, facts=facts, keep_finalizers=keep_finalizers)
    return live


def digest(comparable_object: Json) -> str:
    """The digest of an object that `comparable` gave."""
    return marks.digest(comparable_object)


def differences(wanted: Any, found: Any, *, secret: bool = False) -> list[Difference]:
    """The fields that differ, at most twenty.

    Args:
        wanted: The source's object, prepared.
        found: The destination's, comparable.
        secret: Whether no value at all is shown: a Secret's, or an unknown kind's.
    """
    result: list[Difference] = []
    for path, left, right in _walk((), wanted, found):
        if len(result) == MOST_DIFFERENCES:
            break
        result.append(Difference(_path(path), _words(path, left, secret), _words(path, right, secret)))
    return result


def contains(wanted: Any, found: Any) -> bool:
    """Whether everything that is wanted is there; more may be."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            name in found and contains(value, found[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(contains(one, other) for one, other in zip(wanted, found, strict=True))
        )
    return bool(wanted == found)


_MISSING = object()


def _walk(path: tuple[str, ...], left: Any, right: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted({*left, *right}):
            yield from _walk((*path, name), left.get(name, _MISSING), right.get(name, _MISSING))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _walk((*path, f"[{index}]"), one, other)
    elif left != right:
        yield path, left, right


def _path(path: tuple[str, ...]) -> str:
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


def _words(path: tuple[str, ...], value: Any, secret: bool) -> str:
    if value is _MISSING:
        return "absent"
    if isinstance(value, dict | list):
        return f"{len(value)} entries"
    if secret or _HIDDEN_BELOW & set(path):
        return "differs"
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return str(value)[:_MOST_TEXT] if path[-1] in _SHOWN else "differs"
