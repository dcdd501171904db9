"""AppRole: roles, role ids, secret ids with uses and lifetimes, login."""

from __future__ import annotations

import json
import uuid
from typing import Any

from lab.standins.httpd import Response
from lab.standins.vault import auth_roles
from lab.standins.vault.answers import NOT_FOUND, Call, VaultError, done, envelope, keys
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import Clock, seconds, written
from lab.standins.vault.tokens import Tokens

TIDYING = (
    "Tidy operation successfully started. Any information from the operation will be printed to Vault's server logs."
)
ROLE: dict[str, Any] = {
    "bind_secret_id": True,
    "local_secret_ids": False,
    "secret_id_bound_cidrs": None,
    "secret_id_num_uses": 0,
    "secret_id_ttl": 0,
    **auth_roles.TOKEN_SETTINGS,
}


class AppRole:
    """One mount of AppRole.

    Args:
        storage: Where roles and secret ids are.
        prefix: The mount's own part of the storage.
        mount: `auth/approle/`.
        tokens: Where logins lead to.
        clock: The clock that secret ids run out by.
    """

    def __init__(self, storage: Storage, prefix: str, mount: str, tokens: Tokens, clock: Clock) -> None:
        self._storage = storage
        self._prefix = prefix
        self._mount = mount
        self._tokens = tokens
        self._clock = clock

    def exists(self, path: str) -> bool | None:
        """Whether there is a role at this path."""
        kind, _, rest = path.partition("/")
        name, _, field = rest.partition("/")
        if kind != "role" or field:
            return None
        return self._storage.get(f"{self._prefix}role/{name}") is not None

    def open_to_all(self, path: str) -> bool:
        """Whether a path needs no token."""
        return path == "login"

    def respond(self, call: Call, path: str) -> Response:
        """Answer one call below the mount.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        kind, _, rest = path.partition("/")
        if kind == "login" and call.writes:
            with self._storage.lock:
                return self._login(call.data)
        if path == "tidy/secret-id" and call.writes:
            return self._tidy()
        if kind != "role":
            raise VaultError(404, "1 error occurred:\n\t* unsupported path\n\n")
        name, _, field = rest.strip("/").partition("/")
        if not name:
            return keys(self._storage.names(f"{self._prefix}role/"))
        if not field:
            return self._role(call, name)
        role = self._storage.get(f"{self._prefix}role/{name}")
        if role is None:
            raise VaultError(404, f'role "{name}" does not exist') if call.writes else NOT_FOUND
        return self._below(call, name, role, field)

    def _role(self, call: Call, name: str) -> Response:
        path = f"{self._prefix}role/{name}"
        role = self._storage.get(path)
        if call.operation == "read":
            if role is None:
                raise NOT_FOUND
            return envelope({field: role[field] for field in ROLE})
        if call.operation == "delete":
            self._storage.delete(path)
            self._storage.delete_all(f"{self._prefix}secret/{name}/")
            return done()
        wanted = auth_roles.updated(role or {**ROLE, "role_id": str(uuid.uuid4())}, call.data)
        self._storage.put(path, wanted)
        return done()

    def _below(self, call: Call, name: str, role: dict[str, Any], field: str) -> Response:
        if field == "role-id":
            if call.writes:
                self._storage.put(f"{self._prefix}role/{name}", {**role, "role_id": str(call.data["role_id"])})
                return done()
            return envelope({"role_id": role["role_id"]})
        if field in ("secret-id", "custom-secret-id") and call.writes:
            return self._new_secret_id(name, role, call.data)
        if field == "secret-id" and call.operation == "list":
            ids = self._secret_ids(name)
            return keys(sorted(entry["secret_id_accessor"] for entry in ids))
        verb = field.removeprefix("secret-id-accessor/").removeprefix("secret-id/").strip("/")
        if field.startswith("secret-id") and verb in ("lookup", "destroy"):
            return self._about_secret_id(name, call.data, verb, by_accessor="accessor" in field)
        raise VaultError(404, "1 error occurred:\n\t* unsupported path\n\n")

    def _secret_ids(self, name: str) -> list[dict[str, Any]]:
        return [self._storage.get(path) for path in self._storage.paths(f"{self._prefix}secret/{name}/")]

    def _new_secret_id(self, name: str, role: dict[str, Any], data: dict[str, Any]) -> Response:
        try:
            meta = json.loads(data.get("metadata") or "{}")
        except ValueError as error:
            raise VaultError(400, f"failed to parse metadata: {error}") from None
        ttl = seconds(data.get("ttl", role["secret_id_ttl"]))
        now = self._clock.now()
        entry = {
            "secret_id": str(data.get("secret_id") or uuid.uuid4()),
            "secret_id_accessor": str(uuid.uuid4()),
            "secret_id_num_uses": int(data.get("num_uses", role["secret_id_num_uses"])),
            "secret_id_ttl": ttl,
            "expires": now + ttl if ttl else None,
            "created": now,
            "metadata": {str(key): str(value) for key, value in meta.items()},
        }
        self._storage.put(f"{self._prefix}secret/{name}/{entry['secret_id']}", entry)
        shown = ("secret_id", "secret_id_accessor", "secret_id_num_uses", "secret_id_ttl")
        return envelope({field: entry[field] for field in shown})

    def _tidy(self) -> Response:
        """Take away the secret ids whose time is over: until then they are good, in Vault as here."""
        for path in self._storage.paths(f"{self._prefix}secret/"):
            entry = self._storage.get(path)
            if entry["expires"] is not None and entry["expires"] <= self._clock.now():
                self._storage.delete(path)
        return envelope(warnings=[TIDYING], status=202)

    def _about_secret_id(self, name: str, data: dict[str, Any], verb: str, *, by_accessor: bool) -> Response:
        field = "secret_id_accessor" if by_accessor else "secret_id"
        wanted = str(data.get(field, ""))
        entry = next((entry for entry in self._secret_ids(name) if entry[field] == wanted), None)
        if entry is None:
            if by_accessor:
                raise VaultError(404, f'failed to find accessor entry for secret_id_accessor: "{wanted}"')
            return done()
        if verb == "destroy":
            self._storage.delete(f"{self._prefix}secret/{name}/{entry['secret_id']}")
            return done()
        expires = written(entry["expires"]) if entry["expires"] else "0001-01-01T00:00:00Z"
        shown = {
            name: entry[name] for name in ("secret_id_accessor", "secret_id_num_uses", "secret_id_ttl", "metadata")
        }
        return envelope({**shown, "creation_time": written(entry["created"]), "expiration_time": expires})

    def _login(self, data: dict[str, Any]) -> Response:
        role_id = str(data.get("role_id", ""))
        if not role_id:
            raise VaultError(500, "failed to determine alias name from login request")
        names = self._storage.names(f"{self._prefix}role/")
        roles = {name: self._storage.get(f"{self._prefix}role/{name}") for name in names}
        name = next((name for name, role in roles.items() if role["role_id"] == role_id), None)
        if name is None:
            raise VaultError(400, "invalid role ID")
        role, meta = roles[name], {"role_name": name}
        if role["bind_secret_id"]:
            meta |= self._use_secret_id(name, str(data.get("secret_id", "")))
        path = f"{self._mount}login"
        entity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._prefix}{role_id}"))
        token = auth_roles.issue(self._tokens, role, path=path, display_name="", meta=meta, entity=entity)
        return envelope(auth=self._tokens.as_auth(token))

    def _use_secret_id(self, name: str, secret_id: str) -> dict[str, str]:
        """Count one use of a secret id, and return its metadata.

        Raises:
            VaultError: It is missing, unknown or used up. One that is too old is good until it is tidied away.
        """
        if not secret_id:
            raise VaultError(400, "missing secret_id")
        path = f"{self._prefix}secret/{name}/{secret_id}"
        entry = self._storage.get(path)
        if entry is None:
            raise VaultError(500, "invalid secret id")  # 1.14.0 answers 500 here, later ones 400
        if entry["secret_id_num_uses"] == 1:
            self._storage.delete(path)
        elif entry["secret_id_num_uses"]:
            self._storage.put(path, {**entry, "secret_id_num_uses": entry["secret_id_num_uses"] - 1})
        meta: dict[str, str] = entry["metadata"]
        return meta
