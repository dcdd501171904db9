"""Initialisation, sealing, unsealing, health: what is answered before and without any token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import uuid
from typing import Any

from lab.standins.httpd import Request, Response
from lab.standins.vault.answers import VaultError, done
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import Clock
from lab.standins.vault.tokens import Tokens

VERSION = "1.14.0"
SHARE_BYTES = 33


class Seal:
    """Whether Vault is initialised and open. A start of the process seals it, as any start does.

    The shares are known by their hashes and only counted; nothing is encrypted with them.
    """

    def __init__(self, storage: Storage, tokens: Tokens, clock: Clock) -> None:
        self._storage = storage
        self._tokens = tokens
        self._clock = clock
        self.sealed = True
        self.standby = False
        self.leader = ""
        self._given: set[str] = set()

    @property
    def config(self) -> dict[str, Any] | None:
        """What initialisation set, None before it."""
        config: dict[str, Any] | None = self._storage.get("core/seal")
        return config

    def respond(self, request: Request, path: str, data: dict[str, Any]) -> Response | None:
        """Answer a path that needs neither token nor an open Vault; None for any other.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        writes = request.method in ("PUT", "POST")
        if path == "sys/health":
            return self._health(request)
        if path == "sys/seal-status":
            return Response.of_json(self.status())
        if path == "sys/init":
            return Response.of_json(self.initialise(data) if writes else {"initialized": self.config is not None})
        if path == "sys/unseal" and writes:
            return Response.of_json(self.unseal(data))
        if path == "sys/leader":
            return Response.of_json(self._leader())
        return None

    def close(self) -> Response:
        """Seal it."""
        self.sealed = True
        self._given.clear()
        return done()

    def status(self) -> dict[str, Any]:
        """The seal status as the API shows it."""
        config = self.config
        shown = {
            "type": "shamir",
            "initialized": config is not None,
            "sealed": self.sealed,
            "t": config["threshold"] if config else 0,
            "n": config["shares"] if config else 0,
            "progress": len(self._given),
            "nonce": config["nonce"] if config and self._given else "",
            "version": VERSION,
            "build_date": "",
            "migration": False,
            "recovery_seal": False,
            "storage_type": "file",
        }
        if config and not self.sealed:
            shown |= {"cluster_name": config["cluster_name"], "cluster_id": config["cluster_id"]}
        return shown

    def initialise(self, data: dict[str, Any]) -> dict[str, Any]:
        """Make the key shares and the root token, once.

        Raises:
            VaultError: It was done before, or the numbers make no sense.
        """
        if self.config is not None:
            raise VaultError(400, "Vault is already initialized")
        shares, threshold = int(data.get("secret_shares", 0)), int(data.get("secret_threshold", 0))
        if not 1 <= threshold <= shares:
            words = "threshold must be greater than zero and cannot exceed the number of shares"
            raise VaultError(400, f"invalid seal configuration: {words}")
        if data.get("pgp_keys") or data.get("root_token_pgp_key"):
            raise VaultError(400, "this server cannot encrypt key shares with PGP keys; use the real Vault")
        made = [secrets.token_bytes(SHARE_BYTES if shares > 1 else SHARE_BYTES - 1) for _ in range(shares)]
        config = {
            "shares": shares,
            "threshold": threshold,
            "hashes": [hashlib.sha256(share).hexdigest() for share in made],
            "nonce": str(uuid.uuid4()),
            "cluster_name": f"vault-cluster-{secrets.token_hex(4)}",
            "cluster_id": str(uuid.uuid4()),
        }
        root = self._tokens.issue(policies=["root"], path="auth/token/root", display_name="root")
        self._storage.put("core/seal", config)
        return {
            "keys": [share.hex() for share in made],
            "keys_base64": [base64.b64encode(share).decode() for share in made],
            "root_token": root["id"],
        }

    def unseal(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take one key share; the last one that is needed opens it.

        Raises:
            VaultError: It is no share, or the shares together are the wrong ones.
        """
        data = {name.lower(): value for name, value in data.items()}
        config = self.config
        if data.get("reset"):
            if not self.sealed:
                raise VaultError(400, "vault is unsealed")
            self._given.clear()
            return self.status()
        if not data.get("key"):
            raise VaultError(400, "'key' must be specified in request body as JSON, or 'reset' set to true")
        share = _share(str(data["key"]))
        if config is None:
            raise VaultError(400, "Vault is not initialized")
        if not self.sealed:
            return self.status()
        if len(share) < 16:
            raise VaultError(400, "invalid key: key is shorter than minimum 16 bytes")
        self._given.add(hashlib.sha256(share).hexdigest())
        if len(self._given) >= config["threshold"]:
            good = self._given <= set(config["hashes"])
            self._given.clear()
            if not good:
                raise VaultError(400, "failed to decrypt keys from storage: failed to decrypt value: invalid key")
            self.sealed = False
        return self.status()

    def _health(self, request: Request) -> Response:
        config = self.config
        initialised = config is not None
        standby = self.sealed or self.standby
        if not initialised:
            status = _code(request, "uninitcode", 501)
        elif self.sealed:
            status = _code(request, "sealedcode", 503)
        elif self.standby and request.arg("standbyok", "false").lower() not in ("true", "1", ""):
            status = _code(request, "standbycode", 429)
        else:
            status = _code(request, "activecode", 200)
        replication = "unknown" if self.sealed else "disabled"
        body = {
            "initialized": initialised,
            "sealed": self.sealed,
            "standby": standby,
            "performance_standby": False,
            "replication_performance_mode": replication,
            "replication_dr_mode": replication,
            "server_time_utc": int(self._clock.now()),
            "version": VERSION,
        }
        if config and not self.sealed:
            body |= {"cluster_name": config["cluster_name"], "cluster_id": config["cluster_id"]}
        return Response.of_json(body, status=status)

    def _leader(self) -> dict[str, Any]:
        if self.sealed:
            raise VaultError(503, "Vault is sealed")
        return {
            "ha_enabled": self.standby,
            "is_self": False,
            "active_time": "0001-01-01T00:00:00Z",
            "leader_address": self.leader,
            "leader_cluster_address": "",
            "performance_standby": False,
            "performance_standby_last_remote_wal": 0,
        }


def _share(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise VaultError(400, "'key' must be a valid hex or base64 string") from None


def _code(request: Request, name: str, usual: int) -> int:
    text = request.arg(name)
    if text and not text.isdigit():
        raise VaultError(400)
    return int(text) if text else usual
