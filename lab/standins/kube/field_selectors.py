"""Field selectors: what each kind can be selected by."""

from __future__ import annotations

import re
from typing import Any

from .errors import Json, bad_request
from .kinds import Kind
from .label_selectors import Matcher

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


def parse(selector: str, kind: Kind) -> Matcher | None:
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
        return kind.selectable
    return FIELDS.get((kind.group, kind.kind), ())


def _unsupported(kind: Kind, path: str) -> str:
    if kind.custom or (kind.group, kind.kind) in FIELDS:
        return f"field label not supported: {path}"
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'


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
