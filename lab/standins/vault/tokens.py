"""The tokens themselves: made, found, renewed, run out, revoked with their children."""

from __future__ import annotations

import secrets
import string
from typing import Any

from lab.standins.vault.answers import VaultError
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import LONGEST_LEASE, Clock, written

ALPHABET = string.ascii_letters + string.digits

Token = dict[str, Any]


def made_up(length: int = 24) -> str:
    """A random name of letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class Tokens:
    """The token store.

    Args:
        storage: Where the entries are.
        clock: The clock that leases run on.
    """

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def issue(
        self,
        *,
        policies: list[str],
        path: str,
        display_name: str,
        ttl: int = 0,
        max_ttl: int = 0,
        explicit_max_ttl: int = 0,
        period: int = 0,
        num_uses: int = 0,
        renewable: bool = True,
        parent: str = "",
        meta: dict[str, str] | None = None,
        token_id: str = "",
        role: str = "",
        entity_id: str = "",
    ) -> Token:
        """Make a token. A `ttl` of 0 means Vault's default; a root token without one never runs out.

        Raises:
            VaultError: The wanted id is taken or not allowed.
        """
        if token_id and self._storage.get(f"token/id/{token_id}") is not None:
            raise VaultError(400, "cannot create a token with a duplicate ID")
        if token_id.startswith(("hvs.", "s.")) or "." in token_id:
            words = "have the 'hvs.' prefix" if token_id.startswith("hvs.") else "have a '.' in the value"
            raise VaultError(400, f"custom token ID cannot {words}")
        now = self._clock.now()
        lease = period or ttl
        if not lease and policies != ["root"]:
            lease = LONGEST_LEASE
        limits = [limit for limit in (max_ttl, explicit_max_ttl) if limit]
        lease = min([lease, *limits]) if limits and lease else lease
        token = {
            "id": token_id or f"hvs.{made_up(28)}",
            "accessor": made_up(),
            "policies": policies,
            "path": path,
            "display_name": display_name,
            "meta": meta or None,
            "created": now,
            "lease": lease,
            "expires": now + lease if lease else None,
            "renewed": None,
            "max_ttl": max_ttl,
            "explicit_max_ttl": explicit_max_ttl,
            "period": period,
            "num_uses": num_uses,
            "renewable": bool(renewable and lease),
            "parent": parent,
            "role": role,
            "entity_id": entity_id,
        }
        with self._storage.lock:
            self._storage.put(f"token/id/{token['id']}", token)
            self._storage.put(f"token/accessor/{token['accessor']}", token["id"])
        return token

    def find(self, token_id: str) -> Token | None:
        """The live token of this id; one whose time has run out is revoked here."""
        token: Token | None = self._storage.get(f"token/id/{token_id}") if token_id else None
        if token is None:
            return None
        if token["expires"] is not None and token["expires"] <= self._clock.now():
            self.revoke(token)
            return None
        return token

    def by_accessor(self, accessor: str) -> Token | None:
        """The live token of this accessor."""
        return self.find(self._storage.get(f"token/accessor/{accessor}") or "")

    def accessors(self) -> list[str]:
        """The accessors of all tokens."""
        return self._storage.names("token/accessor/")

    def use(self, token: Token) -> None:
        """Count one use of a token with a limit; the last one revokes it."""
        if not token["num_uses"]:
            return
        if token["num_uses"] == 1:
            self.revoke(token)
            return
        self._storage.put(f"token/id/{token['id']}", {**token, "num_uses": token["num_uses"] - 1})

    def renew(self, token: Token, *, increment: int = 0) -> Token:
        """Give a token a fresh lease, within its limits.

        Raises:
            VaultError: It has no lease, or cannot be renewed.
        """
        if token["expires"] is None:
            raise VaultError(400, "invalid lease ID")
        if not token["renewable"]:
            raise VaultError(400, "lease is not renewable")
        now = self._clock.now()
        lease = token["period"] or increment or token["lease"]
        limits = [limit for limit in (token["explicit_max_ttl"], token["max_ttl"] or LONGEST_LEASE) if limit]
        if token["period"]:
            limits = [token["explicit_max_ttl"]] if token["explicit_max_ttl"] else []
        left = [int(token["created"] + limit - now) for limit in limits]
        lease = max(0, min([lease, *left]))
        token = {**token, "expires": now + lease, "renewed": now}
        self._storage.put(f"token/id/{token['id']}", token)
        return token

    def revoke(self, token: Token, *, children: bool = True) -> None:
        """Revoke a token, and the tokens that it made unless they shall be orphans."""
        with self._storage.lock:
            self._storage.delete(f"token/id/{token['id']}")
            self._storage.delete(f"token/accessor/{token['accessor']}")
            for path in self._storage.paths("token/id/"):
                child = self._storage.get(path)
                if child is None or child["parent"] != token["id"]:
                    continue
                if children:
                    self.revoke(child)
                else:
                    self._storage.put(path, {**child, "parent": ""})

    def left(self, token: Token) -> float:
        """Seconds that are left, 0 for a token without an end."""
        return 0.0 if token["expires"] is None else max(0.0, token["expires"] - self._clock.now())

    def as_auth(self, token: Token) -> dict[str, Any]:
        """The token as the `auth` of an answer."""
        return {
            "client_token": token["id"],
            "accessor": token["accessor"],
            "policies": token["policies"],
            "token_policies": token["policies"],
            "metadata": token["meta"],
            "lease_duration": round(self.left(token)),
            "renewable": token["renewable"],
            "entity_id": token["entity_id"],
            "token_type": "service",
            "orphan": not token["parent"],
            "mfa_requirement": None,
            "num_uses": token["num_uses"],
        }

    def as_data(self, token: Token, *, with_id: bool = True) -> dict[str, Any]:
        """The token as a lookup shows it."""
        shown = {
            "accessor": token["accessor"],
            "creation_time": int(token["created"]),
            "creation_ttl": int(token["lease"]),
            "display_name": token["display_name"],
            "entity_id": token["entity_id"],
            "expire_time": written(token["expires"]) if token["expires"] is not None else None,
            "explicit_max_ttl": token["explicit_max_ttl"],
            "id": token["id"] if with_id else "",
            "meta": token["meta"],
            "num_uses": token["num_uses"],
            "orphan": not token["parent"],
            "path": token["path"],
            "policies": token["policies"],
            "ttl": int(self.left(token)),
            "type": "service",
        }
        if token["expires"] is not None:
            shown |= {"issue_time": written(token["created"]), "renewable": token["renewable"]}
        if token["renewed"] is not None:
            shown |= {"last_renewal": written(token["renewed"]), "last_renewal_time": int(token["renewed"])}
        if token["period"] and not token["role"]:  # a role's period is the role's to show
            shown["period"] = token["period"]
        if token["role"]:
            shown["role"] = token["role"]
        return shown
