"""What a name, a label or an annotation may look like; the words when it may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .errors import Cause, Json, invalid_value, required
from .kinds import Kind

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
    "end with an "
    "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
LABEL_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end "
    "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
QUALIFIED_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


def _by_pattern(pattern: str, limit: int, words: str) -> Callable[[str], list[str]]:
    compiled = re.compile(pattern)

    def check(name: str) -> list[str]:
        wrong = [] if len(name) <= limit else [f"must be no more than {limit} characters"]
        return wrong if compiled.fullmatch(name) else [*wrong, words]

    return check


subdomain = _by_pattern(_SUBDOMAIN, 253, SUBDOMAIN_WORDS)
_label = _by_pattern(_LABEL, 63, LABEL_WORDS)


def label(name: str) -> list[str]:
    """What namespaces and Services obey."""
    wrong = _label(name)
    return ["must not contain dots" if one is LABEL_WORDS and not subdomain(name) else one for one in wrong]


def path_segment(name: str) -> list[str]:
    """What RBAC's names obey: anything that can stand in a path."""
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{part}'" for part in ("/", "%") if part in name]


_RULES: dict[tuple[str, str], Callable[[str], list[str]]] = {
    ("", "Namespace"): label,
    ("", "Service"): label,
    **{("rbac.authorization.k8s.io", kind): path_segment for kind in (
        "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"
    )},
}  # fmt: skip


def check(kind: Kind, metadata: Json) -> list[Cause]:
    """What is wrong with an object's name, labels and annotations."""
    name = metadata.get("name") or ""
    if not name:
        return [required("metadata.name", "name or generateName is required")]
    rule = _RULES.get((kind.group, kind.kind), subdomain)
    base = (metadata.get("generateName") or "").rstrip("-")  # a suffix will follow the dash
    wrong = [invalid_value("metadata.generateName", metadata["generateName"], words) for words in rule(base) if base]
    wrong += [invalid_value("metadata.name", name, words) for words in rule(name)]
    return (
        wrong
        + _keys("metadata.labels", metadata.get("labels"), values=True)
        + _keys("metadata.annotations", metadata.get("annotations"), values=False)
    )


def _keys(field: str, found: Any, *, values: bool) -> list[Cause]:
    wrong: list[Cause] = []
    for key, value in (found or {}).items():
        prefix, slash, name = key.rpartition("/")
        if (slash and subdomain(prefix.lower())) or not re.fullmatch(_QUALIFIED, name) or len(name) > 63:
            wrong.append(invalid_value(field, key, QUALIFIED_WORDS))
        if values and value and (len(value) > 63 or not re.fullmatch(_QUALIFIED, value)):
            words = LABEL_VALUE_WORDS if len(value) <= 63 else "must be no more than 63 bytes"
            wrong.append(invalid_value(field, value, words))
    return wrong
