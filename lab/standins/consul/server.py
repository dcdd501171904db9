"""One Consul agent: which endpoint answers which path, and what every answer carries."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.standins.consul.access import AccessControl
from lab.standins.consul.authorize import Authorizer
from lab.standins.consul.journal import Journal, apply_rows, pack_rows
from lab.standins.consul.kv import KeyValue, printable
from lab.standins.consul.queries import HttpError, Reader
from lab.standins.consul.sessions import Sessions
from lab.standins.consul.store import State, Store
from lab.standins.consul.txn import Transactions
from lab.standins.faults import Faults
from lab.standins.httpd import Request, Response

VERSION = "1.14.11"
OWN_EFFECTS = ("no_leader", "empty", "leader_unknown", "last_contact_ms")
UNKNOWN = "Invalid URL path: not a recognized HTTP API endpoint\n"


class Consul:
    """The stand-in.

    Args:
        name: The agent's node name.
        directory: Where its state is kept; a second start on it goes on where the first ended.
        datacenter: The datacenter's name.
        management_token: Turns ACLs on (default policy deny) with this management token; None leaves them off.
        address: `127.0.0.1:PORT`, shown as the leader's address.
    """

    def __init__(
        self, *, name: str, directory: Path, datacenter: str, management_token: str | None, address: str = ""
    ) -> None:
        self.name = name
        self.datacenter = datacenter
        self.address = address
        self.faults = Faults(own_effects=OWN_EFFECTS)
        self.store = Store(Journal(directory))
        self.reader = Reader(self.store, self.faults.effect)
        self.sessions = Sessions(self.store, self.reader, node=name)
        self.kv = KeyValue(self.store, self.reader, self.sessions)
        self.txn = Transactions(self.store, self.reader, self.sessions)
        self.access = AccessControl(self.store, self.reader, management_token=management_token)
        self.respond = self.faults.wrap(
            self._respond, extra={"wipe": self._wipe, "freeze": self._freeze, "reap": self._reap}
        )

    def _respond(self, request: Request) -> Response:
        try:
            if not printable(request.path_bytes()):
                return Response(400)
            response = self._route(request)
        except HttpError as error:
            response = Response.of_text(error.text, status=error.status)
        response.headers["X-Consul-Default-Acl-Policy"] = "deny" if self.access.enabled else "allow"
        return response

    def _route(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/v1/status/"):
            return self._status(path)
        dc = request.arg("dc")
        if dc and dc != self.datacenter:
            raise HttpError(500, "No path to datacenter")
        authorizer = self.access.authorizer(request)
        routes: tuple[tuple[str, Callable[[Request, Authorizer], Response]], ...] = (
            ("/v1/kv/", self.kv.respond),
            ("/v1/session/", self.sessions.respond),
            ("/v1/acl/", self.access.respond),
        )
        for prefix, respond in routes:
            if path.startswith(prefix):
                return respond(request, authorizer)
        if path == "/v1/txn":
            if request.method != "PUT":
                raise HttpError(405, f"method {request.method} not allowed")
            return self.txn.respond(request, authorizer)
        if path == "/v1/snapshot":
            return self._snapshot(request, authorizer)
        return self._about(path)

    def _status(self, path: str) -> Response:
        leaderless = bool(self.faults.effect().get("no_leader"))
        if path == "/v1/status/leader":
            return Response.of_json("" if leaderless else self.address)
        if path == "/v1/status/peers":
            return Response.of_json([self.address])
        raise HttpError(404, UNKNOWN)

    def _about(self, path: str) -> Response:
        if path == "/v1/agent/self":
            config = {"Datacenter": self.datacenter, "NodeName": self.name, "Server": True, "Version": VERSION}
            member = {"Name": self.name, "Addr": "127.0.0.1", "Status": 1}
            return Response.of_json({"Config": config, "Member": member, "Stats": {}})
        if path == "/v1/catalog/datacenters":
            return Response.of_json([self.datacenter])
        if path == "/v1/catalog/nodes":
            return Response.of_json([{"Node": self.name, "Address": "127.0.0.1", "Datacenter": self.datacenter}])
        raise HttpError(404, UNKNOWN)

    def _snapshot(self, request: Request, authorizer: Authorizer) -> Response:
        authorizer.require_plain("acl", "write")
        self.reader.check_leader()
        if request.method == "GET":
            packed = {"index": self.store.state.index, "rows": pack_rows(self.store.dump())}
            headers = {"Content-Type": "application/x-gzip", "X-Consul-Index": str(self.store.state.index)}
            return Response(200, gzip.compress(json.dumps(packed).encode(), 1), headers)
        if request.method != "PUT":
            raise HttpError(405, f"method {request.method} not allowed")
        try:
            packed = json.loads(gzip.decompress(request.body))
        except (OSError, EOFError, ValueError) as error:
            raise HttpError(500, f"failed to read snapshot file: failed to decompress snapshot: {error}") from None
        state = State()
        apply_rows(state, packed["rows"], packed["index"])
        # Raft's own index never falls; the entries come back with the indexes that they had.
        state.index = max(self.store.state.index, packed["index"]) + 1
        self.store.replace(state)
        return Response()

    def _wipe(self, body: Any) -> str:
        """Forget everything, indexes too: a server that was set up anew under the same address."""
        self.store.replace(State())
        self.access.bootstrap()
        return "wiped"

    def _freeze(self, body: Any) -> str:
        """`{"frozen": true}`: stale reads show the state of now from here on, until `{"frozen": false}`."""
        with self.store.lock:
            self.reader.frozen = copy.deepcopy(self.store.state) if (body or {}).get("frozen", True) else None
        return "frozen" if self.reader.frozen else "thawed"

    def _reap(self, body: Any) -> str:
        """Drop the tombstones, as Consul does after 15 minutes: the index of a list can then fall."""
        with self.store.lock:
            self.store.state.tombstones.clear()
            self.store.journal.rewrite(self.store.state)
        return "reaped"
