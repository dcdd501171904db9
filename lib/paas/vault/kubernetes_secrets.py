"""A secret of Vault into a Secret of a namespace, where the configuration allows it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from paas import kube
from paas.errors import InvalidInput, NotFound, Refused
from paas.vault.client import Vault
from paas.vault.grants import check_granted, check_path

#: Says which secret of which Vault a Secret was made from; without it a Secret is somebody else's.
ORIGIN = "paas.internal/vault-origin"
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}\Z")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z")


def into_kubernetes(
    vault: Vault,
    client: kube.Client,
    *,
    path: str,
    cluster: str,
    namespace: str,
    name: str,
    keys: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Make a Secret hold what a secret of Vault holds.

    Args:
        vault: The Vault.
        client: The cluster.
        path: The secret's path.
        cluster: The cluster's name, for the allow-list.
        namespace: The Secret's namespace.
        name: The Secret's name.
        keys: The Secret's keys, each with the key in Vault; all of them under their own names by default.
        dry_run: Only look.

    Returns:
        `path`, `version`, `secret`, `keys` (names), `changed` and `dry_run`; no value.

    Raises:
        InvalidInput: A name cannot be used, or the secret lacks a key.
        Refused: The allow-list does not let the two meet, or there is a Secret that was not made from this secret.
        NotFound: There is no such secret, or its current version was deleted.
        ServerError: Vault or the cluster did not answer.
    """
    check_path(path)
    for parameter, given in (("namespace", namespace), ("name", name)):
        if not _NAME.match(given):
            raise InvalidInput(parameter, given, "a name as Kubernetes takes it: a-z, 0-9, - and .")
    check_granted(vault.settings, path, cluster=cluster, namespace=namespace)
    there = vault.read(path)
    if there is None or there.data is None:
        words = "there is no such secret" if there is None else f"its version {there.version} was deleted or destroyed"
        raise NotFound(system=f"Vault {vault.profile}", operation="read", target=path, status=404, words=words)
    data = _data(path, there.data, keys)
    origin = f"{vault.profile}:{path}"
    changed = _apply(client, namespace, name, data, origin=origin, dry_run=dry_run)
    return {
        "path": path,
        "version": there.version,
        "secret": f"{cluster}/{namespace}/{name}",
        "keys": sorted(data),
        "changed": changed,
        "dry_run": dry_run,
    }


def _data(path: str, values: Mapping[str, Any], keys: Mapping[str, str] | None) -> dict[str, str]:
    wanted = keys or {key: key for key in values}
    data = {}
    for name, key in wanted.items():
        if not _KEY.match(name):
            raise InvalidInput("keys", name, "a key as a Secret takes it: letters, digits, -, _ and .")
        if key not in values:
            raise InvalidInput("keys", key, f"a key of {path}: {', '.join(sorted(values)) or 'it has none'}")
        value = values[key]
        text = value if isinstance(value, str) else json.dumps(value)
        data[name] = base64.b64encode(text.encode()).decode("ascii")
    return data


def _apply(client: kube.Client, namespace: str, name: str, data: dict[str, str], *, origin: str, dry_run: bool) -> bool:
    folder = f"/api/v1/namespaces/{namespace}/secrets"
    try:
        there = client.get(f"{folder}/{name}")
    except NotFound:
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace, "annotations": {ORIGIN: origin}},
            "type": "Opaque",
            "data": data,
        }
        client.create(folder, body, dry_run=dry_run)
        return True
    found = (there["metadata"].get("annotations") or {}).get(ORIGIN)
    if found != origin:
        made = f"was made from {found}" if found else "was not made from Vault"
        raise Refused(f"Secret {namespace}/{name} {made}; delete it first, or choose another name")
    if (there.get("data") or {}) == data:
        return False
    # With the resourceVersion that was read: whoever changed it meanwhile is not overwritten.
    client.replace(f"{folder}/{name}", {**there, "data": data}, dry_run=dry_run)
    return True
