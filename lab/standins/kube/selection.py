"""Label selectors and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import Json, bad_request
from .kinds import Kind

Matcher = Callable[[Json], bool]

_SPLIT = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"^(?P<key>\S+)\s+(?P<op>in|notin)\s*\((?P<values>[^)]*)\)$")
_KEY = r"[A-Za-z0-9][-A-Za-z0-9_./]*"
_EQUAL = re.compile(rf"^(?P<key>{_KEY})\s*(?P<op>==|=|!=)\s*(?P<value>[-A-Za-z0-9_.]*)$")
_EXISTS = re.compile(rf"^(?P<not>!?)\s*(?P<key>{_KEY})$")

_ANY_KIND = ("metadata.name", "metadata.namespace")
# The fields each built-in kind can be selected by; the server refuses any other.
FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
        "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    ("", "Secret"): ("type",),
    ("", "Namespace"): ("status.phase",),
    ("", "Node"): ("spec.unschedulable",),
    ("", "Service"): ("spec.clusterIP", "spec.type"),
    ("", "ReplicationController"): ("status.replicas",),
    ("", "Event"): (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
        "reportingComponent", "source", "type",
    ),
    ("apps", "ReplicaSet"): ("status.replicas",),
    ("batch", "Job"): ("status.successful",),
    ("certificates.k8s.io", "CertificateSigningRequest"): ("spec.signerName",),
}  # fmt: skip


def labels(selector: str) -> Matcher | None:
    """A matcher of objects by their labels; None for an empty selector, which matches all.

    Raises:
        ApiError: 400, the selector cannot be read.
    """
    tests = [_requirement(part.strip(), selector) for part in _SPLIT.split(selector) if part.strip()]
    if not tests:
        return None

    def matches(value: Json) -> bool:
        found = value["metadata"].get("labels") or {}
        return all(test(found) for test in tests)

    return matches


def _requirement(part: str, whole: str) -> Callable[[Mapping[str, str]], bool]:
    if match := _SET.match(part):
        key, values = match["key"], {value.strip() for value in match["values"].split(",")}
        if match["op"] == "in":
            return lambda found: found.get(key) in values
        return lambda found: found.get(key) not in values
    if match := _EQUAL.match(part):
        key, value = match["key"], match["value"]
        if match["op"] == "!=":
            return lambda found: found.get(key) != value
        return lambda found: found.get(key) == value
    if match := _EXISTS.match(part):
        key, absent = match["key"], bool(match["not"])
        return lambda found: (key in found) is not absent
    raise bad_request(f'unable to parse requirement: found "{part}" in "{whole}"')


def of_labels(selector: Json) -> Matcher:
    """A matcher for a LabelSelector object (`matchLabels`, `matchExpressions`)."""
    tests: list[Callable[[Mapping[str, str]], bool]] = []
    for key, value in (selector.get("matchLabels") or {}).items():
        tests.append(lambda found, key=key, value=value: found.get(key) == value)  # type: ignore[misc]
    for one in selector.get("matchExpressions") or ():
        key, values, operator = one["key"], set(one.get("values") or ()), one["operator"]
        tests.append(_EXPRESSIONS[operator](key, values))
    return lambda value: all(test(value["metadata"].get("labels") or {}) for test in tests)


_EXPRESSIONS: dict[str, Callable[[str, set[str]], Callable[[Mapping[str, str]], bool]]] = {
    "In": lambda key, values: lambda found: found.get(key) in values,
    "NotIn": lambda key, values: lambda found: found.get(key) not in values,
    "Exists": lambda key, values: lambda found: key in found,
    "DoesNotExist": lambda key, values: lambda found: key not in found,
}


def fields(selector: str, kind: Kind) -> Matcher | None:
    """A matcher of objects by their fields; None for an empty selector.

    Raises:
        ApiError: 400, the selector cannot be read, or this kind cannot be selected by that field.
    """
    tests: list[Matcher] = []
    for part in filter(None, (part.strip() for part in selector.split(","))):
        match = re.match(r"^([^=!]+?)\s*(==|=|!=)\s*(.*)$", part)
        if match is None:
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{part}'")
        path, operator, wanted = match.groups()
        if path not in _ANY_KIND and path not in selectable(kind):
            raise bad_request(_unsupported(kind, path))
        tests.append(_field_test(path, wanted, negate=operator == "!="))
    if not tests:
        return None
    return lambda value: all(test(value) for test in tests)


def selectable(kind: Kind) -> tuple[str, ...]:
    """The fields a kind can be selected by, its name and namespace apart."""
    if kind.custom:
        return tuple(path.lstrip(".") for path in kind.schema.get("x-lab-selectable", ()))
    return FIELDS.get((kind.group, kind.kind), ())


def _unsupported(kind: Kind, path: str) -> str:
    if kind.custom or (kind.group, kind.kind) not in FIELDS:
        return f"field label not supported: {path}"
    if (kind.group, kind.kind) in (("", "Node"), ("", "Namespace"), ("", "Service"), ("", "Pod"), ("", "Secret")):
        return f"field label not supported: {path}"
    return f"field label not supported: {path}"


def _field_test(path: str, wanted: str, *, negate: bool) -> Matcher:
    names = path.split(".")

    def test(value: Json) -> bool:
        found: Any = value
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return (_text(found) == wanted) is not negate

    return test


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
