"""`auth/token/`: create, look up, renew, revoke, and the roles that tokens are created by."""

from __future__ import annotations

from typing import Any

from lab.standins.httpd import Response
from lab.standins.vault.answers import DENIED, NOT_FOUND, Call, VaultError, done, envelope, keys
from lab.standins.vault.policies import Policies
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import LONGEST_LEASE, named_list, seconds
from lab.standins.vault.tokens import Token, Tokens

ROLE = {
    "allowed_policies": [],
    "allowed_policies_glob": [],
    "disallowed_policies": [],
    "disallowed_policies_glob": [],
    "orphan": False,
    "renewable": True,
    "path_suffix": "",
    "token_period": 0,
    "token_explicit_max_ttl": 0,
    "token_no_default_policy": False,
    "token_type": "default-service",
    "allowed_entity_aliases": None,
}
LISTS = ("allowed_policies", "allowed_policies_glob", "disallowed_policies", "disallowed_policies_glob")
TIMES = ("token_period", "token_explicit_max_ttl")


class TokenAuth:
    """The token endpoints."""

    def __init__(self, tokens: Tokens, policies: Policies, storage: Storage) -> None:
        self._tokens = tokens
        self._policies = policies
        self._storage = storage

    def respond(self, call: Call) -> Response:
        """Answer one call below `auth/token/`.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        what, _, name = call.below("auth/token/").partition("/")
        assert call.token is not None
        if what == "create" or what == "create-orphan":
            return self._create(call, call.token, role_name=name, orphan=what == "create-orphan")
        if what == "roles":
            return self._roles(call, name.strip("/"))
        if what == "accessors":
            return keys(self._tokens.accessors())
        verb, _, how = what.partition("-")
        if verb == "revoke" and how == "orphan":
            self._tokens.revoke(self._named(call, str(call.data.get("token", ""))), children=False)
            return done()
        if verb not in ("lookup", "renew", "revoke"):
            raise VaultError(404, "1 error occurred:\n\t* unsupported path\n\n")
        return self._about_one(call, verb, how)

    def _about_one(self, call: Call, verb: str, how: str) -> Response:
        token = self._meant(call, verb, how)
        if token is None:
            return envelope(warnings=["No token found with this accessor"]) if how == "accessor" else done()
        if verb == "lookup":
            return envelope(self._tokens.as_data(token, with_id=how != "accessor"))
        if verb == "revoke":
            self._tokens.revoke(token)
            return done()
        token = self._tokens.renew(token, increment=seconds(call.data.get("increment", 0)))
        auth = self._tokens.as_auth(token)
        if how == "accessor":
            auth["client_token"] = ""
        return envelope(auth=auth)

    def _meant(self, call: Call, verb: str, how: str) -> Token | None:
        """The token that a call is about; None for a revocation of one that is not there."""
        if how == "self":
            return call.token
        if how == "accessor":
            token = self._tokens.by_accessor(str(call.data.get("accessor", "")))
            if token is None and verb != "revoke":
                raise VaultError(403, "1 error occurred:\n\t* invalid accessor\n\n")
            return token
        named = str(call.data.get("token", ""))
        if verb == "lookup" and not named:
            return call.token
        token = self._tokens.find(named)
        if token is None and verb == "lookup":
            raise VaultError(403, "bad token")
        if token is None and verb == "renew":
            raise VaultError(400, "token not found")
        return token

    def _named(self, call: Call, token_id: str) -> Token:
        token = self._tokens.find(token_id)
        if token is None:
            raise VaultError(400, "token to revoke not found")
        return token

    def _create(self, call: Call, parent: Token, *, role_name: str, orphan: bool) -> Response:
        role = self._role(role_name) if role_name else None
        may_all = bool({"root", "sudo"} & self._policies.capabilities(parent["policies"], call.path))
        if parent["num_uses"] > 0:
            raise VaultError(400, "restricted use token cannot generate child tokens")
        data, warnings = call.data, []
        if data.get("id") and not may_all:
            raise VaultError(400, "root or sudo privileges required to specify token id")
        if data.get("period") and not may_all and not role:
            raise VaultError(400, "root or sudo privileges required to create periodic token")
        if data.get("no_parent") and not may_all and not role:
            raise VaultError(400, "root or sudo privileges required to create orphan token")
        ttl = seconds(data.get("ttl") or data.get("lease") or 0)
        if ttl > LONGEST_LEASE:
            shown = str(data.get("ttl") or data.get("lease"))
            words = f'TTL of "{shown}" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly'
            ttl, warnings = LONGEST_LEASE, [words]
        policies = self._wanted_policies(data, parent, role, may_all=may_all)
        warnings += [f'Policy "{name}" does not exist' for name in policies if self._policies.text(name) is None]
        is_orphan = orphan or bool(data.get("no_parent")) or bool(role and role["orphan"])
        name = str(data.get("display_name", ""))
        token = self._tokens.issue(
            policies=policies,
            path=call.path,
            display_name=f"token-{name}" if name else "token",
            ttl=ttl,
            explicit_max_ttl=seconds((role or {}).get("token_explicit_max_ttl") or data.get("explicit_max_ttl", 0)),
            period=seconds((role or {}).get("token_period") or data.get("period", 0)),
            num_uses=int(data.get("num_uses", 0)),
            renewable=bool(data.get("renewable", True)) and bool((role or ROLE)["renewable"]),
            parent="" if is_orphan else parent["id"],
            meta={str(key): str(value) for key, value in (data.get("meta") or {}).items()},
            token_id=str(data.get("id", "")),
            role=role_name,
        )
        return envelope(auth=self._tokens.as_auth(token), warnings=warnings or None)

    def _wanted_policies(
        self, data: dict[str, Any], parent: Token, role: dict[str, Any] | None, *, may_all: bool
    ) -> list[str]:
        asked = named_list(data.get("policies", []))
        allowed = (role or {}).get("allowed_policies") or []
        wanted = {name.lower() for name in asked or allowed or parent["policies"]}
        if "root" in wanted:
            if "root" not in parent["policies"]:
                raise VaultError(400, "child policies must be subset of parent")
            return ["root"]
        without = bool(data.get("no_default_policy")) or bool((role or {}).get("token_no_default_policy"))
        if not without:
            wanted.add("default")
        if allowed and not wanted <= {*allowed, "default"}:
            shown, limit = _quoted(sorted(wanted)), _quoted(sorted({*allowed, "default"}))
            globs = _quoted((role or {})["allowed_policies_glob"])
            words = f"token policies ({shown}) must be subset of the role's allowed policies ({limit})"
            raise VaultError(400, f"{words} or glob policies ({globs})")
        if not role and not may_all and not wanted <= {*parent["policies"], "default"}:
            raise VaultError(400, "child policies must be subset of parent")
        return sorted(wanted)

    def _role(self, name: str) -> dict[str, Any]:
        role: dict[str, Any] | None = self._storage.get(f"token-role/{name}")
        if role is None:
            raise VaultError(400, f"unknown role {name}")
        return role

    def _roles(self, call: Call, name: str) -> Response:
        if call.operation == "list" and not name:
            return keys(self._storage.names("token-role/"))
        if call.operation == "read":
            role = self._storage.get(f"token-role/{name}")
            if role is None:
                raise NOT_FOUND
            return envelope({**role, "name": name, "period": 0, "explicit_max_ttl": 0})
        if call.operation == "delete":
            self._storage.delete(f"token-role/{name}")
            return done()
        if not call.writes:
            raise VaultError(405, DENIED)
        role = {**ROLE, **(self._storage.get(f"token-role/{name}") or {})}
        for key, value in call.data.items():
            field = {"period": "token_period", "explicit_max_ttl": "token_explicit_max_ttl"}.get(key, key)
            if field in LISTS:
                role[field] = named_list(value)
            elif field in TIMES:
                role[field] = seconds(value)
            elif field in ROLE:
                role[field] = value
        self._storage.put(f"token-role/{name}", role)
        return done()


def _quoted(names: list[str]) -> str:
    return "[" + " ".join(f'"{name}"' for name in names) + "]"
