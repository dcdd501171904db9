"""One Vault: a request's token, what its policies allow, and which backend answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.standins.faults import Faults
from lab.standins.httpd import Request, Response
from lab.standins.vault.answers import DENIED, DENIED_BY_POLICY, Call, VaultError, flat
from lab.standins.vault.mounts import Mounts
from lab.standins.vault.policies import Policies, needed, shown
from lab.standins.vault.seal import Seal
from lab.standins.vault.storage import Storage
from lab.standins.vault.times import Clock
from lab.standins.vault.token_auth import TokenAuth
from lab.standins.vault.tokens import Token, Tokens

OPERATIONS = {"GET": "read", "PUT": "create", "POST": "create", "DELETE": "delete", "LIST": "list", "PATCH": "patch"}
# Paths that ask for `sudo` besides the operation's own capability.
SUDO = ("sys/auth/", "sys/seal", "sys/rotate", "sys/audit", "auth/token/accessors", "auth/token/create-orphan")
UNSUPPORTED = "1 error occurred:\n\t* unsupported path\n\n"


class Vault:
    """The stand-in.

    Args:
        directory: Where its documents are kept; a second start on it is sealed, and goes on once unsealed.
    """

    def __init__(self, *, directory: Path) -> None:
        self.storage = Storage(directory)
        self.clock = Clock()
        self.policies = Policies(self.storage)
        self.tokens = Tokens(self.storage, self.clock)
        self.seal = Seal(self.storage, self.tokens, self.clock)
        self.mounts = Mounts(self.storage, self.tokens, self.policies, self.clock)
        self.token_auth = TokenAuth(self.tokens, self.policies, self.storage)
        self.faults = Faults()
        self.respond = self.faults.wrap(
            self._respond, extra={"seal": self._lab_seal, "standby": self._lab_standby, "clock": self._lab_clock}
        )

    def _respond(self, request: Request) -> Response:
        try:
            response = self._answer(request)
        except VaultError as error:
            response = error.response()
        response.headers["Cache-Control"] = "no-store"
        return response

    def _answer(self, request: Request) -> Response:
        path = request.path_bytes().decode("utf-8", "replace").removeprefix("/v1/")
        if not request.path.startswith("/v1/"):
            raise VaultError(404)
        data = _data_of(request)
        before = self.seal.respond(request, path, data)
        if before is not None:
            return before
        if self.seal.sealed:
            raise VaultError(503, "Vault is sealed")
        if self.seal.standby:
            return self._send_to_leader(request)
        return self._route(_call(request, path, data))

    def _send_to_leader(self, request: Request) -> Response:
        if not self.seal.leader:
            raise VaultError(500, "local node not active but active cluster node not found")
        return Response(307, b"", {"Location": self.seal.leader + request.target})

    def _route(self, call: Call) -> Response:
        found = self.mounts.find(call.path)
        backend, below = found if found else (None, "")
        open_to_all = getattr(backend, "open_to_all", lambda path: False)
        if backend is not None and open_to_all(below):
            return backend.respond(call, below)
        call.token = self._token(call.request)
        if call.path.startswith("sys/internal/ui/mounts/"):
            return self.mounts.preflight(call)
        exists = backend.exists(below) if backend is not None and call.writes else None
        try:
            self._authorize(call, call.token, exists)
            if backend is not None:
                return backend.respond(call, below)
            return self._system(call)
        finally:
            self.tokens.use(call.token)

    def _token(self, request: Request) -> Token:
        sent = request.headers.get("x-vault-token", "")
        bearer = request.headers.get("authorization", "")
        if not sent and bearer.lower().startswith("bearer "):
            sent = bearer[7:].strip()
        token = self.tokens.find(sent)
        if token is None:
            raise VaultError(403, DENIED)
        return token

    def _authorize(self, call: Call, token: Token, exists: bool | None) -> None:
        listing = call.operation == "list"
        allowed = self.policies.capabilities(token["policies"], call.path, listing=listing)
        if "root" in allowed:
            return
        wants_sudo = call.path.startswith(SUDO) and call.operation != "read"
        if needed(call, exists) not in allowed or (wants_sudo and "sudo" not in allowed):
            raise VaultError(403, DENIED_BY_POLICY)

    def _system(self, call: Call) -> Response:
        path = call.path
        if path.startswith("auth/token/"):
            return self.token_auth.respond(call)
        if path.startswith(("sys/policies/acl", "sys/policy")):
            return self.policies.respond(call)
        if path.startswith("sys/mounts"):
            return self.mounts.respond(call, "secret")
        if path == "sys/auth" or path.startswith("sys/auth/"):
            return self.mounts.respond(call, "auth")
        if path.startswith("sys/capabilities"):
            return self._capabilities(call)
        if path == "sys/seal" and call.writes:
            return self.seal.close()
        if path.startswith("sys/"):
            raise VaultError(404, UNSUPPORTED)
        raise VaultError(404, f'no handler for route "{path}". route entry not found.')

    def _capabilities(self, call: Call) -> Response:
        token: Token | None = call.token
        if call.path == "sys/capabilities":
            token = self.tokens.find(str(call.data.get("token", "")))
        elif call.path == "sys/capabilities-accessor":
            token = self.tokens.by_accessor(str(call.data.get("accessor", "")))
        if token is None:
            raise VaultError(400, "invalid token")
        paths = call.data.get("paths") or call.data.get("path") or []
        paths = [paths] if isinstance(paths, str) else paths
        found = {path: shown(self.policies.capabilities(token["policies"], path)) for path in paths}
        return flat({**found, **({"capabilities": found[paths[0]]} if len(paths) == 1 else {})})

    def _lab_seal(self, body: Any) -> str:
        self.seal.close()
        return "sealed"

    def _lab_standby(self, body: Any) -> str:
        """`{"standby": true, "leader": "http://..."}`: answer as a standby, `{"standby": false}` ends it."""
        self.seal.standby = bool((body or {}).get("standby", True))
        self.seal.leader = str((body or {}).get("leader", ""))
        return "standby" if self.seal.standby else "active"

    def _lab_clock(self, body: Any) -> str:
        """`{"advance": 3600}`: leases run out without waiting."""
        self.clock.advance(float(body["advance"]))
        return "advanced"


def _data_of(request: Request) -> dict[str, Any]:
    if request.method in ("GET", "LIST", "DELETE", "HEAD"):
        return {name: values[0] for name, values in request.query.items()}
    try:
        body = request.json()
    except ValueError:
        raise VaultError(400, "error parsing JSON") from None
    if body is not None and not isinstance(body, dict):
        raise VaultError(400, "error parsing JSON")
    return body or {}


def _call(request: Request, path: str, data: dict[str, Any]) -> Call:
    operation = OPERATIONS.get(request.method)
    if operation is None:
        raise VaultError(405)
    if operation == "read" and request.arg("list").lower() in ("true", "1"):
        operation = "list"
    if operation == "list" and not path.endswith("/"):
        path += "/"
    return Call(operation, path, request, data)
