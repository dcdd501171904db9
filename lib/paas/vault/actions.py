"""What the actions on Vault are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas.errors import InvalidInput
from paas.vault.copying import copy_secrets
from paas.vault.deleting import delete_secret, undelete_secret
from paas.vault.grants import check_path
from paas.vault.kubernetes_secrets import into_kubernetes
from paas.vault.loading import load_tree, read_tree
from paas.vault.merging import write_keys
from paas.vault.status import status
from paas.vault.values import Sources, Wanted

__all__ = [
    "Sources",
    "copy_secrets",
    "delete_secret",
    "given_tree",
    "into_kubernetes",
    "load_tree",
    "status",
    "undelete_secret",
    "wanted_of",
    "write_keys",
]


def wanted_of(sources: Sources, path: str, *, values: Mapping[str, object] | None, from_secret: str | None) -> Wanted:
    """What a secret is to hold, by references or from a whole Kubernetes Secret; fetched before anything is written.

    Raises:
        InvalidInput: Both or none are given, or one cannot be used.
        ConfigError: A reference names nothing.
    """
    check_path(path)
    if bool(values) == bool(from_secret):
        given = "given with from_secret" if values else "(nothing)"
        raise InvalidInput("values", given, "exactly one of values, from_secret")
    if from_secret:
        return sources.whole_secret(path, from_secret)
    assert values
    return sources.fetch(path, values)


def given_tree(tree: Mapping[str, Any] | None, file: str | None) -> Mapping[str, Any]:
    """The tree that a parameter holds, or a file.

    Raises:
        InvalidInput: Both or none are given, or the file holds none.
    """
    if bool(tree) == bool(file):
        raise InvalidInput("tree", "given with file" if tree else "(nothing)", "exactly one of tree, file")
    if file:
        return read_tree(file)
    assert tree
    return tree
