"""What an operator does to a new Vault: initialise, unseal, give it a root token and its secret engines."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

from lab.endpoints import VaultEndpoint
from lab.processes import Server, ServerFailed
from lab.servers.calls import call

# A Vault that was killed left its lock in Consul, and its successor waits until that session and the lock's delay have
# run out: up to twice the TTL of 10 s, and 15 s more.
_ACTIVE_WITHIN = 60.0
MOUNTS = {"secret": {"version": "2"}, "kv1": {"version": "1"}}


def set_up(
    server: Server,
    endpoint: VaultEndpoint,
    *,
    keys_file: Path,
    root_token: str,
    shares: int,
    threshold: int,
    ca_file: Path | None,
) -> VaultEndpoint:
    """Bring a Vault that was just started from any state to unsealed with its mounts; twice is once.

    Args:
        server: Stopped where that fails.
        endpoint: Where it answers.
        keys_file: Holds its keys and root token from the first time on, readable by its owner alone.
        root_token: As in `launch_vault`.
        shares: As in `launch_vault`.
        threshold: As in `launch_vault`.
        ca_file: The authority of its certificate; None for http.

    Returns:
        The endpoint with its token and its keys.

    Raises:
        ServerFailed: It refused a step, or was initialised by someone else.
    """
    try:
        endpoint, kept = _initialised(
            endpoint, keys_file, {"secret_shares": shares, "secret_threshold": threshold}, ca_file
        )
        unseal(endpoint, ca_file=ca_file)
        _mount(endpoint, ca_file=ca_file)
        return _with_root_token(endpoint, root_token, kept, keys_file, ca_file=ca_file) if root_token else endpoint
    except BaseException:
        server.stop()
        raise


def _initialised(
    endpoint: VaultEndpoint, keys_file: Path, wanted: dict[str, int], ca_file: Path | None
) -> tuple[VaultEndpoint, dict[str, Any]]:
    """The endpoint with its token and its keys, and those as they are kept."""
    if not _asked(endpoint, "GET", "sys/init", ca_file=ca_file)["initialized"]:
        made = _asked(endpoint, "PUT", "sys/init", wanted, ca_file=ca_file)
        kept = {"unseal_keys": made["keys_base64"], "root_token": made["root_token"]}
        _write(keys_file, kept)
    elif keys_file.exists():
        kept = json.loads(keys_file.read_text())
    else:
        raise ServerFailed(f"{endpoint.name} at {endpoint.url} was initialised before, and its keys are not in the lab")
    return dataclasses.replace(endpoint, token=kept["root_token"], unseal_keys=tuple(kept["unseal_keys"])), kept


def _mount(endpoint: VaultEndpoint, *, ca_file: Path | None) -> None:
    mounted = _asked(endpoint, "GET", "sys/mounts", ca_file=ca_file)
    for path, options in MOUNTS.items():
        if f"{path}/" not in mounted:
            _asked(endpoint, "POST", f"sys/mounts/{path}", {"type": "kv", "options": options}, ca_file=ca_file)
    _wait_for_versions(endpoint, ca_file=ca_file)


def _with_root_token(
    endpoint: VaultEndpoint, root_token: str, kept: dict[str, Any], keys_file: Path, *, ca_file: Path | None
) -> VaultEndpoint:
    """Put the wanted root token in the place of the one that Vault made up."""
    wanted = dataclasses.replace(endpoint, token=root_token)
    if wanted == endpoint:
        return endpoint
    known = call(
        "GET", f"{endpoint.url}/v1/auth/token/lookup-self", headers={"X-Vault-Token": root_token}, ca_file=ca_file
    )
    if known[0] != 200:
        asked = {"id": root_token, "policies": ["root"], "no_parent": True, "display_name": "lab"}
        _asked(endpoint, "POST", "auth/token/create", asked, ca_file=ca_file)
    _write(keys_file, {**kept, "root_token": root_token})
    _asked(endpoint, "POST", "auth/token/revoke-self", ca_file=ca_file)
    return wanted


def unseal(endpoint: VaultEndpoint, *, ca_file: Path | None = None) -> None:
    """Give a sealed Vault its key shares until it opens, and wait until it is active.

    Args:
        endpoint: Where it answers, with its key shares.
        ca_file: The authority of its certificate; None for http.

    Raises:
        ServerFailed: It stayed sealed, or did not become active within a minute.
    """
    state = _asked(endpoint, "GET", "sys/seal-status", ca_file=ca_file)
    for key in endpoint.unseal_keys:
        if not state["sealed"]:
            break
        state = _asked(endpoint, "PUT", "sys/unseal", {"key": key}, ca_file=ca_file)
    deadline = time.monotonic() + _ACTIVE_WITHIN
    while time.monotonic() < deadline and not state["sealed"]:
        if call("GET", f"{endpoint.url}/v1/sys/health", ca_file=ca_file)[0] == 200:  # a standby says 429
            return
        time.sleep(0.1)
    if state["sealed"]:
        raise ServerFailed(f"{endpoint.name} is still sealed after {len(endpoint.unseal_keys)} key shares")
    raise ServerFailed(f"{endpoint.name} was unsealed, and not active within {_ACTIVE_WITHIN:.0f} s")


def _wait_for_versions(endpoint: VaultEndpoint, *, ca_file: Path | None) -> None:
    """A new KV version 2 answers 400 until it has made its own keys."""
    deadline = time.monotonic() + _ACTIVE_WITHIN
    url, headers = f"{endpoint.url}/v1/secret/config", {"X-Vault-Token": endpoint.token}
    while call("GET", url, headers=headers, ca_file=ca_file)[0] != 200:
        if time.monotonic() > deadline:
            raise ServerFailed(f"{endpoint.name}'s secret/ was not ready within {_ACTIVE_WITHIN:.0f} s")
        time.sleep(0.1)


def _asked(
    endpoint: VaultEndpoint, method: str, path: str, body: object = None, *, ca_file: Path | None
) -> dict[str, Any]:
    headers = {"X-Vault-Token": endpoint.token} if endpoint.token else {}
    status, answer = call(method, f"{endpoint.url}/v1/{path}", body, headers=headers, ca_file=ca_file, timeout=30.0)
    if status not in (200, 204):
        raise ServerFailed(f"{endpoint.name} refused {method} {path}: {status} {answer}")
    return answer if isinstance(answer, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
