"""Which secrets may go between a Vault and the Secrets of which namespaces: an allow-list of the configuration."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from paas.errors import InvalidInput, Refused
from paas.settings import VaultSettings


def check_path(path: str, *, parameter: str = "path") -> str:
    """A path with the mount first, without a slash at either end.

    Raises:
        InvalidInput: It is none. A path with `..` in it is none, because a pattern could not judge it.
    """
    segments = path.split("/")
    if len(segments) < 2 or any(not each or each in (".", "..") for each in segments) or not path.isprintable():
        raise InvalidInput(parameter, path, "a path with its mount first, such as secret/shop/orders")
    return path


def check_granted(settings: VaultSettings, path: str, *, cluster: str, namespace: str) -> None:
    """Make sure that the configuration lets a secret and the Secrets of a namespace meet.

    Raises:
        Refused: It does not.
    """
    for grant in settings.allow:
        if grant.clusters and cluster not in grant.clusters:
            continue
        if any(fnmatchcase(namespace, each) for each in grant.namespaces) and any(
            _fits(pattern, path, namespace) for pattern in grant.paths
        ):
            return
    raise Refused(
        f"vault.{settings.name}.allow lets no Secret of namespace {namespace} in {cluster} have to do with {path}",
        setting=f"vault.{settings.name}.allow",
    )


def _fits(pattern: str, path: str, namespace: str) -> bool:
    """Whether a path fits; the namespace is compared as it is, so that a `*` in it would match nothing more."""
    wanted = "".join(
        ".*" if part == "*" else re.escape(namespace if part == "{namespace}" else part)
        for part in re.split(r"(\*|\{namespace\})", pattern)
    )
    return re.fullmatch(wanted, path, re.DOTALL) is not None
