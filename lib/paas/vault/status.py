"""How a Vault is: sealed, standby, active; and how the profile's token is."""

from __future__ import annotations

from typing import Any

from paas.errors import PaasError
from paas.vault.client import Vault
from paas.vault.failures import translated


def status(vault: Vault) -> dict[str, Any]:
    """Ask a Vault how it is, and look at the profile's token where it is open.

    Returns:
        `state` (uninitialised, sealed, standby or active), `message` with the next step, `version`, `cluster`,
        `unseal` (`threshold`, `shares`, `progress`), and `token` (`valid`, `ttl_seconds` with 0 for one that never
        expires, `renewable`, `policies`, `message`).

    Raises:
        ServerError: It did not answer.
    """
    client = vault.unsigned()
    with translated(profile=vault.profile, operation="ask", target="its state"):
        seal = client.sys.read_seal_status()
        leader = client.sys.read_leader_status() if seal["initialized"] and not seal["sealed"] else {}
    state = _state(seal, leader)
    said: dict[str, Any] = {
        "vault": vault.profile,
        "state": state,
        "message": _message(vault.profile, state, seal, leader),
        "version": str(seal.get("version", "")),
        "cluster": str(seal.get("cluster_name", "")),
        "unseal": {"threshold": seal.get("t", 0), "shares": seal.get("n", 0), "progress": seal.get("progress", 0)},
        "token": {"valid": False, "ttl_seconds": 0, "renewable": False, "policies": [], "message": ""},
    }
    if state in ("active", "standby"):
        said["token"] = _token(vault)
    return said


def _state(seal: dict[str, Any], leader: dict[str, Any]) -> str:
    if not seal["initialized"]:
        return "uninitialised"
    if seal["sealed"]:
        return "sealed"
    return "standby" if leader.get("ha_enabled") and not leader.get("is_self") else "active"


def _message(profile: str, state: str, seal: dict[str, Any], leader: dict[str, Any]) -> str:
    return {
        "uninitialised": f"Vault {profile} has never been initialised",
        "sealed": f"Vault {profile} is sealed: {seal.get('progress', 0)} of {seal.get('t', 0)} key shares were given",
        "standby": f"Vault {profile} is a standby; the active one is {leader.get('leader_address') or 'not known now'}",
        "active": f"Vault {profile} is open and active",
    }[state]


def _token(vault: Vault) -> dict[str, Any]:
    try:
        data = vault.ask("get", "auth/token/lookup-self", operation="look up", target="the profile's token")["data"]
    except PaasError as error:
        return {"valid": False, "ttl_seconds": 0, "renewable": False, "policies": [], "message": str(error)}
    ttl = int(data.get("ttl") or 0)
    return {
        "valid": True,
        "ttl_seconds": ttl,
        "renewable": bool(data.get("renewable")),
        "policies": sorted({*(data.get("policies") or ()), *(data.get("identity_policies") or ())}),
        "message": f"it expires in {ttl} s" if ttl else "it does not expire",
    }
