"""What is mounted where: `sys/mounts`, `sys/auth`, the preflight of `sys/internal/ui/mounts`, the way to backends."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Protocol

from lab.standins.httpd import Response
from lab.standins.vault.answers import NOT_FOUND, Call, VaultError, done, envelope, flat
from lab.standins.vault.approle import AppRole
from lab.standins.vault.kubernetes_auth import KubernetesAuth
from lab.standins.vault.kv1 import KvOne
from lab.standins.vault.kv2 import KvTwo
from lab.standins.vault.policies import Policies
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import Clock
from lab.standins.vault.tokens import Tokens

PLUGINS = {"secret": ("kv", "kv-v2", "generic"), "auth": ("approle", "kubernetes")}
BUILT_IN = {"secret": ("cubbyhole", "identity", "sys"), "auth": ("token",)}


class Backend(Protocol):
    """What answers below a mount."""

    def exists(self, path: str) -> bool | None:
        """Whether there is something at a path; None where writes there never create."""

    def respond(self, call: Call, path: str) -> Response:
        """Answer one call; `path` is below the mount."""


class Mounts:
    """The mount tables of secret engines (`secret/`) and auth methods (`auth/approle/`)."""

    def __init__(self, storage: Storage, tokens: Tokens, policies: Policies, clock: Clock) -> None:
        self._storage = storage
        self._tokens = tokens
        self._policies = policies
        self._clock = clock
        self._backends: dict[str, Backend] = {}

    def find(self, path: str) -> tuple[Backend, str] | None:
        """The backend of a path, and the path below its mount; None where nothing is mounted."""
        table = "auth" if path.startswith("auth/") else "secret"
        entry = self._entry(table, path.removeprefix("auth/") if table == "auth" else path)
        if entry is None:
            return None
        backend = self._backends.get(entry["uuid"])
        if backend is None:
            backend = self._backends[entry["uuid"]] = self._open(table, entry)
        mount = ("auth/" if table == "auth" else "") + entry["path"]
        return backend, path.removeprefix(mount) if path.startswith(mount) else ""

    def _entry(self, table: str, path: str) -> dict[str, Any] | None:
        """The mount with the longest path that this one is at or below."""
        entries = [entry for entry in self._entries(table) if f"{path}/".startswith(entry["path"])]
        return max(entries, key=lambda entry: len(entry["path"]), default=None)

    def _entries(self, table: str) -> list[dict[str, Any]]:
        return [self._storage.get(path) for path in self._storage.paths(f"mount/{table}/")]

    def _open(self, table: str, entry: dict[str, Any]) -> Backend:
        prefix = f"logical/{entry['uuid']}/"
        if table == "auth":
            mount = f"auth/{entry['path']}"
            if entry["type"] == "approle":
                return AppRole(self._storage, prefix, mount, self._tokens, self._clock)
            return KubernetesAuth(self._storage, prefix, mount, self._tokens)
        if (entry["options"] or {}).get("version") == "2":
            return KvTwo(self._storage, prefix, self._clock)
        return KvOne(self._storage, prefix)

    def respond(self, call: Call, table: str) -> Response:
        """Answer `sys/mounts` (table `secret`) and `sys/auth` (table `auth`).

        Raises:
            VaultError: Whatever Vault refuses.
        """
        path = call.path.removeprefix("sys/mounts").removeprefix("sys/auth").strip("/")
        if not path:
            return flat(self._all(table))
        if path.endswith("/tune"):
            return self._tune(call, table, path.removesuffix("/tune") + "/")
        path += "/"
        existing = self._storage.get(f"mount/{table}/{path}")
        if call.operation == "read":
            if existing is None:
                raise VaultError(400, f"No secret engine mount at {path}")
            return flat(_shown(existing))
        if call.operation == "delete":
            if existing is not None:
                self._storage.delete(f"mount/{table}/{path}")
                self._storage.delete_all(f"logical/{existing['uuid']}/")
            return done()
        if existing is not None:
            raise VaultError(400, f"path is already in use at {path}")
        self.mount(table, path, call.data)
        return done()

    def mount(self, table: str, path: str, data: dict[str, Any]) -> None:
        """Mount a secret engine or an auth method.

        Raises:
            VaultError: There is no such plugin here.
        """
        kind = str(data.get("type", ""))
        if kind not in PLUGINS[table]:
            raise VaultError(400, f"plugin not found in the catalog: {kind}")
        options = {str(key): str(value) for key, value in (data.get("options") or {}).items()}
        if kind == "kv-v2":
            kind, options = "kv", {**options, "version": "2"}
        entry = {
            "path": path,
            "type": kind,
            "description": str(data.get("description", "")),
            "options": options or None,
            "accessor": f"{'auth_' if table == 'auth' else ''}{kind}_{secrets.token_hex(4)}",
            "uuid": str(uuid.uuid4()),
        }
        self._storage.put(f"mount/{table}/{path}", entry)

    def _all(self, table: str) -> dict[str, Any]:
        shown = {entry["path"]: _shown(entry) for entry in self._entries(table)}
        for name in BUILT_IN[table]:
            kind = "system" if name == "sys" else name
            shown[f"{name}/"] = _shown({"type": kind, "accessor": f"{kind}_built_in", "uuid": kind, "options": None})
        return dict(sorted(shown.items()))

    def _tune(self, call: Call, table: str, path: str) -> Response:
        entry = self._storage.get(f"mount/{table}/{path}")
        if entry is None:
            raise NOT_FOUND
        if call.operation == "read":
            return flat({"default_lease_ttl": 2764800, "max_lease_ttl": 2764800, "force_no_cache": False})
        entry["description"] = str(call.data.get("description", entry["description"]))
        self._storage.put(f"mount/{table}/{path}", entry)
        return done()

    def preflight(self, call: Call) -> Response:
        """Answer `sys/internal/ui/mounts/<path>`: what is mounted there, for whoever may use anything in it.

        Raises:
            VaultError: 403; nothing is mounted there, or the token may use nothing in it.
        """
        path = call.below("sys/internal/ui/mounts/").lstrip("/")
        table = "auth" if path.startswith("auth/") else "secret"
        entry = self._entry(table, path.removeprefix("auth/") if table == "auth" else path)
        assert call.token is not None
        mount = (("auth/" if table == "auth" else "") + entry["path"]) if entry else path.rstrip("/") + "/"
        if entry is None or not self._policies.touches(call.token["policies"], mount):
            words = "preflight capability check returned 403, please ensure client's policies grant access to path"
            raise VaultError(403, f'{words} "{mount}"')
        return envelope({**_shown(entry), "path": entry["path"]})


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "accessor": entry["accessor"],
        "config": {"default_lease_ttl": 0, "force_no_cache": False, "max_lease_ttl": 0},
        "deprecation_status": "supported",
        "description": entry.get("description", ""),
        "external_entropy_access": False,
        "local": False,
        "options": entry["options"],
        "plugin_version": "",
        "running_plugin_version": "v0.15.0+builtin",
        "running_sha256": "",
        "seal_wrap": False,
        "type": entry["type"],
        "uuid": entry["uuid"],
    }
