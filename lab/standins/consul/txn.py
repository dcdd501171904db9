"""`/v1/txn`: up to 128 operations, all or none."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from lab.standins.consul import operations
from lab.standins.consul.authorize import Authorizer, Denied
from lab.standins.consul.entries import Entry
from lab.standins.consul.kv import MAX_VALUE, TOO_LARGE
from lab.standins.consul.operations import VERBS, WRITING, Operation
from lab.standins.consul.queries import HttpError, Options, Reader
from lab.standins.consul.sessions import Sessions
from lab.standins.consul.store import Change, Rejected, Store
from lab.standins.httpd import Request, Response

MAX_OPERATIONS = 128
MAX_BODY = 512 * 1024
# What the answer of a transaction that only reads carries besides.
READ_META = {
    "Index": 1,
    "LastContact": 0,
    "KnownLeader": True,
    "ConsistencyLevel": "",
    "NotModified": False,
    "Backend": 0,
}
GETS = ("get", "get-tree", "get-or-empty")

Errors = list[dict[str, Any]]


class Aborted(Exception):
    """The transaction failed; `errors` name the operations."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("transaction aborted")
        self.errors = errors


class Transactions:
    """The transaction endpoint."""

    def __init__(self, store: Store, reader: Reader, sessions: Sessions) -> None:
        self._store = store
        self._reader = reader
        self._sessions = sessions

    def respond(self, request: Request, authorizer: Authorizer) -> Response:
        """Answer `PUT /v1/txn`: 200 with Results, or 409 with Errors and nothing done.

        Raises:
            HttpError: The request is too large, or no transaction at all.
        """
        wanted = _parse(request)
        writes = any(operation.verb in WRITING for operation in wanted)
        self._reader.check_leader(None if writes else Options.of(request))
        errors = self._refusals(wanted, authorizer)
        results: list[Entry] = []
        if not errors:
            try:
                results = self._write(wanted) if writes else self._read(wanted)
            except Aborted as aborted:
                errors = aborted.errors
        readable = authorizer.readable(results)
        shown = None if errors else [{"KV": entry.as_json()} for entry in readable]
        answer: dict[str, Any] = {"Results": shown, "Errors": errors or None}
        headers = {}
        if not writes:
            answer |= {**READ_META, "ResultsFilteredByACLs": len(readable) < len(results)}
            headers = {"X-Consul-KnownLeader": "true", "X-Consul-LastContact": "0"}
        return Response.of_json(answer, status=409 if errors else 200, headers=headers)

    def _refusals(self, wanted: list[Operation], authorizer: Authorizer) -> Errors:
        """What the leader checks before the write goes to Raft."""
        errors: Errors = []
        for position, operation in enumerate(wanted):
            words = ""
            try:
                if not operation.key and operation.verb != "delete-tree":
                    words = "Must provide key"
                elif operation.verb == "delete-tree":
                    authorizer.require_tree(operation.key)
                elif operation.verb in ("check-session", "check-index"):
                    authorizer.require_key(operation.key, "read")
                elif operation.verb not in GETS:
                    authorizer.require_key(operation.key, "write")
            except Denied as denied:
                words = str(denied)
            if not words and operation.verb == "lock" and self._sessions.delayed(operation.key):
                words = f"failed to lock key {operations.quoted(operation.key)} due to lock delay"
            if words:
                errors.append({"OpIndex": position, "What": words})
        return errors

    def _write(self, wanted: list[Operation]) -> list[Entry]:
        with self._store.change() as change:
            return _dispatch(change, wanted)

    def _read(self, wanted: list[Operation]) -> list[Entry]:
        with self._store.lock:
            return _dispatch(Change(self._store.state), wanted)


def _dispatch(change: Change, wanted: list[Operation]) -> list[Entry]:
    results: list[Entry] = []
    errors: Errors = []
    for position, operation in enumerate(wanted):
        try:
            verb = VERBS.get(operation.verb)
            if verb is None:
                raise Rejected(f'unknown KV verb "{operation.verb}"')
            results += verb(change, operation)
        except Rejected as error:
            errors.append({"OpIndex": position, "What": str(error)})
    if errors:
        raise Aborted(errors)
    return results


def _parse(request: Request) -> list[Operation]:
    if len(request.body) > MAX_BODY:
        raise HttpError(413, TOO_LARGE.format(len(request.body), MAX_BODY, "txn_max_req_len"))
    try:
        items = json.loads(request.body)
        wanted = [_operation(item) for item in items or []]
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise HttpError(400, f"Failed to parse body: {error}") from None
    if len(wanted) > MAX_OPERATIONS:
        raise HttpError(413, f"Transaction contains too many operations ({len(wanted)} > {MAX_OPERATIONS})")
    for operation in wanted:
        if operation.value is not None and len(operation.value) > MAX_VALUE:
            name, size = operations.quoted(operation.key), len(operation.value)
            raise HttpError(413, f"Value for key {name} is too large ({size} > {MAX_VALUE} bytes)")
    return wanted


def _operation(item: dict[str, Any]) -> Operation:
    kv = _canonical(item).get("Kv")
    if kv is None:
        raise ValueError(f"this server's transactions are of KV operations alone, got {sorted(item)}")
    kv = _canonical(kv)
    value = kv.get("Value")
    try:
        decoded = None if value is None else base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"failed to decode value: {error}") from None
    return Operation(
        kv.get("Verb", ""),
        kv.get("Key", "").encode(),
        decoded,
        flags=int(kv.get("Flags") or 0),
        index=int(kv.get("Index") or 0),
        session=kv.get("Session") or "",
    )


def _canonical(item: dict[str, Any]) -> dict[str, Any]:
    """The names in one spelling: Go's decoder does not mind the case."""
    return {name.capitalize(): value for name, value in item.items()}
