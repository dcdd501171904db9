"""KV version 2: versions with check-and-set, soft deletion, destruction, metadata."""

from __future__ import annotations

from typing import Any

from lab.standins.httpd import Response
from lab.standins.vault.answers import NOT_FOUND, Call, VaultError, done, envelope, keys
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import Clock
from lab.standins.vault.versions import Secret, about, described, fresh, merged, require_merge_patch, validate

CONFIG = {"cas_required": False, "delete_version_after": "0s", "max_versions": 0}
DEFAULT_MAX_VERSIONS = 10
INVALID_PATH = (
    "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. "
    "If using the Vault CLI, use 'vault kv {}' for this operation."
)


class KvTwo:
    """One mount of KV version 2.

    Args:
        storage: Where the secrets are.
        prefix: The mount's own part of the storage.
        clock: The moment of every write.
    """

    def __init__(self, storage: Storage, prefix: str, clock: Clock) -> None:
        self._storage = storage
        self._prefix = prefix
        self._clock = clock

    def exists(self, path: str) -> bool | None:
        """Whether there is a secret at this path (a soft-deleted one counts), for telling create from update."""
        kind, _, name = path.partition("/")
        if kind not in ("data", "metadata"):
            return None
        return self._load(name) is not None

    def respond(self, call: Call, path: str) -> Response:
        """Answer one call below the mount.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        kind, _, name = path.partition("/")
        if kind == "config" and not name:
            return self._config(call)
        if kind == "metadata" and call.operation == "list":
            return keys(self._storage.names(f"{self._prefix}secret/{name}"))
        if kind not in ("data", "metadata", "delete", "undelete", "destroy") or call.operation == "list":
            word = {"read": "get", "list": "list", "delete": "delete"}.get(call.operation, "put")
            return envelope(warnings=[INVALID_PATH.format(word)], status=404)
        if not name:
            raise VaultError(400, "missing path") if call.writes else NOT_FOUND
        with self._storage.lock:
            if kind == "data":
                return self._data(call, name)
            if kind == "metadata":
                return self._metadata(call, name)
            return self._mark(call, kind, name)

    def _load(self, name: str) -> Secret | None:
        secret: Secret | None = self._storage.get(f"{self._prefix}secret/{name}")
        return secret

    def _save(self, name: str, secret: Secret) -> None:
        self._storage.put(f"{self._prefix}secret/{name}", secret)

    def _config(self, call: Call) -> Response:
        config = {**CONFIG, **(self._storage.get(f"{self._prefix}config") or {})}
        if call.operation == "read":
            return envelope(config)
        config |= {name: call.data[name] for name in ("cas_required", "max_versions") if name in call.data}
        self._storage.put(f"{self._prefix}config", config)
        return done()

    def _data(self, call: Call, name: str) -> Response:
        secret = self._load(name)
        if call.operation == "read":
            return self._read(call, secret)
        if call.operation == "delete":
            if secret is not None:
                self._soft_delete(secret, [secret["current"]])
                self._save(name, secret)
            return done()
        if call.operation == "patch":
            require_merge_patch(call)
        if not isinstance(call.data.get("data"), dict):
            raise VaultError(400, "no data provided")
        if call.operation == "patch":
            if secret is None or str(secret["current"]) not in secret["versions"]:
                raise NOT_FOUND
            self._check(call, secret)
            version = secret["versions"][str(secret["current"])]
            if version["deleted"] is not None or version["destroyed"]:
                return envelope(about(secret, secret["current"]), status=404)
            return self._write(name, secret, merged(version["data"], call.data["data"]))
        secret = secret or fresh(self._clock.now())
        self._check(call, secret)
        return self._write(name, secret, call.data["data"])

    def _read(self, call: Call, secret: Secret | None) -> Response:
        if secret is None:
            raise NOT_FOUND
        number = int(call.data.get("version") or 0) or secret["current"]
        version = secret["versions"].get(str(number))
        if version is None:
            raise NOT_FOUND
        gone = version["destroyed"] or version["deleted"] is not None
        found = {"data": None if gone else version["data"], "metadata": about(secret, number)}
        return envelope(found, status=404 if gone else 200)

    def _check(self, call: Call, secret: Secret) -> None:
        """The check-and-set of a write.

        Raises:
            VaultError: 400; it did not hold, or there was none and one is required.
        """
        options = call.data.get("options") or {}
        if "cas" in options:
            try:
                wanted = int(options["cas"])
            except (TypeError, ValueError):
                raise VaultError(400, "error parsing check-and-set parameter") from None
            if wanted != secret["current"]:
                raise VaultError(400, "check-and-set parameter did not match the current version")
        elif secret["cas_required"] or (self._storage.get(f"{self._prefix}config") or {}).get("cas_required"):
            raise VaultError(400, "check-and-set parameter required for this call")

    def _write(self, name: str, secret: Secret, data: dict[str, Any]) -> Response:
        now = self._clock.now()
        number = secret["current"] + 1
        secret["versions"][str(number)] = {"data": data, "created": now, "deleted": None, "destroyed": False}
        if number == 1 and not secret["oldest"]:
            secret["created"] = now
        secret |= {"current": number, "updated": now}
        kept = self._max_versions(secret)
        for old in sorted(map(int, secret["versions"]))[:-kept]:
            del secret["versions"][str(old)]
            secret["oldest"] = old + 1
        self._save(name, secret)
        return envelope(about(secret, number))

    def _max_versions(self, secret: Secret) -> int:
        """How many versions a secret keeps: the smaller of what it and the mount say, 10 where neither does."""
        of_mount = (self._storage.get(f"{self._prefix}config") or {}).get("max_versions") or 0
        said = [int(limit) for limit in (secret["max_versions"], of_mount) if limit]
        return min(said) if said else DEFAULT_MAX_VERSIONS

    def _soft_delete(self, secret: Secret, numbers: list[int]) -> None:
        for number in numbers:
            version = secret["versions"].get(str(number))
            if version is not None and not version["destroyed"] and version["deleted"] is None:
                version["deleted"] = self._clock.now()

    def _mark(self, call: Call, kind: str, name: str) -> Response:
        if not call.writes:
            raise VaultError(405, "1 error occurred:\n\t* unsupported operation\n\n")
        numbers = [int(number) for number in call.data.get("versions") or []]
        if not numbers:
            raise VaultError(400, "no version number provided" if kind == "destroy" else "No version number provided")
        secret = self._load(name)
        if secret is None:
            raise NOT_FOUND
        if kind == "delete":
            self._soft_delete(secret, numbers)
        for version in (secret["versions"].get(str(number)) for number in numbers):
            if version is not None and kind == "destroy":
                version |= {"destroyed": True, "data": None}
            elif version is not None and kind == "undelete" and not version["destroyed"]:
                version["deleted"] = None
        self._save(name, secret)
        return done()

    def _metadata(self, call: Call, name: str) -> Response:
        secret = self._load(name)
        if call.operation == "read":
            if secret is None:
                raise NOT_FOUND
            return envelope(described(secret))
        if call.operation == "delete":
            self._storage.delete(f"{self._prefix}secret/{name}")
            return done()
        custom = call.data.get("custom_metadata")
        if call.operation == "patch":
            require_merge_patch(call)
            if secret is None:
                raise NOT_FOUND
        if custom is not None:
            validate({str(key): value for key, value in custom.items() if value is not None})
        secret = secret or fresh(self._clock.now())
        secret |= {field: call.data[field] for field in ("max_versions", "cas_required") if field in call.data}
        if custom is not None:
            if call.operation == "patch":
                custom = merged(secret["custom_metadata"] or {}, custom)
            secret["custom_metadata"] = {str(key): str(value) for key, value in custom.items()} or None
        self._save(name, secret)
        return done()
