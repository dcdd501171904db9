"""Checks of single parameters, each failing with one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from paas.errors import InvalidInput
from paas.migration.kinds.namespace import SYSTEM

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_REQUIREMENT = re.compile(
    r"\s*(!?\s*[A-Za-z0-9][-A-Za-z0-9_./]*\s*((=|==|!=)\s*[-A-Za-z0-9_.]*|\s(in|notin)\s*\([^()]*\))?)\s*"
)
_KEY = re.compile(r"[*A-Za-z0-9._:-]+")


def names(parameter: str, value: Any) -> tuple[str, ...]:
    """A list of texts; one text alone, with commas, is read as a list."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) and each for each in value):
        raise InvalidInput(parameter, value, "a list of texts")
    return tuple(value)


def mapping(parameter: str, value: Any) -> dict[str, str]:
    """A map of texts to texts."""
    if not isinstance(value, dict) or not all(
        isinstance(old, str) and isinstance(new, str) and old and new for old, new in value.items()
    ):
        raise InvalidInput(parameter, value, "a map of texts to texts")
    return dict(value)


def namespaces(parameter: str, given: Iterable[str]) -> None:
    """Names that a namespace can have."""
    for name in given:
        if not _LABEL.fullmatch(name):
            raise InvalidInput(parameter, name, "namespace names: lower case letters, digits and hyphens, at most 63")


def not_system(parameter: str, given: Iterable[str]) -> None:
    """Never the cluster's own namespaces."""
    for name in given:
        if name in SYSTEM:
            raise InvalidInput(parameter, name, "a namespace that is not the cluster's own (its objects stay behind)")


def one_to_one(parameter: str, given: Mapping[str, str]) -> None:
    """No two namespaces may meet in one."""
    seen: dict[str, str] = {}
    for old, new in given.items():
        if new in seen:
            raise InvalidInput(parameter, new, f"a target for each alone; {seen[new]} and {old} both go there")
        seen[new] = old


def selector(parameter: str, text: str | None) -> None:
    """A label selector in the server's syntax."""
    if text is None:
        return
    depth = 0
    parts = [""]
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth or not all(_REQUIREMENT.fullmatch(part) for part in parts):
        raise InvalidInput(parameter, text, "a label selector, such as app=web,tier!=cache,env in (tst,prd)")


def exclusions(parameter: str, given: Iterable[str]) -> None:
    """`Kind/name` or `Kind/namespace/name`."""
    for each in given:
        parts = each.split("/")
        if len(parts) not in (2, 3) or not all(_KEY.fullmatch(part) for part in parts):
            raise InvalidInput(parameter, each, "Kind/name or Kind/namespace/name, * for any part")


def number(parameter: str, value: Any, least: float, most: float) -> None:
    """A number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidInput(parameter, value, f"a number from {least} to {most}")
