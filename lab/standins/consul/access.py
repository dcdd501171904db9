"""`/v1/acl/`: policies, roles and tokens, and what a request's token amounts to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from lab.standins.consul.acl_items import KINDS, add_rules, named, now, put, save_policy, save_role, save_token, unlink
from lab.standins.consul.authorize import Authorizer, Denied, Rules
from lab.standins.consul.queries import Answer, HttpError, Reader
from lab.standins.consul.store import Change, State, Store
from lab.standins.consul.watches import Watch
from lab.standins.httpd import Request, Response

MANAGEMENT_POLICY = "00000000-0000-0000-0000-000000000001"
BUILT_IN = (
    (MANAGEMENT_POLICY, "global-management", "read and write", ""),
    (
        "00000000-0000-0000-0000-000000000002",
        "builtin/global-read-only",
        "read-only",
        'acl = "read"\nkey_prefix "" { policy = "read" }\nsession_prefix "" { policy = "read" }\noperator = "read"\n',
    ),
)
ANONYMOUS_TOKEN = "00000000-0000-0000-0000-000000000002"  # noqa: S105 - Consul's own fixed accessor
HIDDEN = "<hidden>"


class AccessControl:
    """The ACL endpoint.

    Args:
        store: The state.
        reader: Answers reads.
        management_token: The secret id of the management token; None means that ACLs are off.
    """

    def __init__(self, store: Store, reader: Reader, *, management_token: str | None) -> None:
        self._store = store
        self._reader = reader
        self._management_token = management_token
        self.enabled = management_token is not None
        self.bootstrap()

    def bootstrap(self) -> None:
        """Make what a new Consul with ACLs begins with, where it is not there."""
        if not self.enabled or MANAGEMENT_POLICY in self._store.state.acl["policy"]:
            return
        with self._store.change() as change:
            for policy_id, name, grants, rules in BUILT_IN:
                words = f"A built-in policy that grants {grants} access to all Consul features"
                policy = {"ID": policy_id, "Name": name, "Description": words, "Rules": rules}
                put(change, "policy", policy_id, policy)
            links = [{"ID": MANAGEMENT_POLICY, "Name": "global-management"}]
            management: dict[str, Any] = {
                "AccessorID": str(uuid.uuid4()),
                "SecretID": self._management_token,
                "Description": "Initial Management Token",
                "Policies": links,
            }
            put(change, "token", management["AccessorID"], _dated(management))
            anonymous = {"AccessorID": ANONYMOUS_TOKEN, "SecretID": "anonymous", "Description": "Anonymous Token"}
            put(change, "token", ANONYMOUS_TOKEN, _dated(anonymous))

    def authorizer(self, request: Request) -> Authorizer:
        """What the token of a request may do.

        Raises:
            Denied: There is no such token.
        """
        if not self.enabled:
            return Authorizer(default="allow")
        secret = _secret_of(request) or "anonymous"
        with self._store.lock:
            token = self._by_secret(secret)
            if token is None:
                raise Denied("ACL not found")
            return Authorizer(accessor=token["AccessorID"], rules=self._rules_of(token))

    def _by_secret(self, secret: str) -> dict[str, Any] | None:
        moment = now()
        for token in self._store.state.acl["token"].values():
            if token["SecretID"] == secret and token.get("ExpirationTime", moment) >= moment:
                return token
        return None

    def _rules_of(self, token: dict[str, Any]) -> Rules | None:
        """The merged rules of a token; None for a management token."""
        acl = self._store.state.acl
        links = list(token.get("Policies") or [])
        for role in token.get("Roles") or []:
            links += acl["role"].get(role["ID"], {}).get("Policies") or []
        if any(link["ID"] == MANAGEMENT_POLICY for link in links):
            return None
        rules = Rules()
        for link in links:
            policy = acl["policy"].get(link["ID"])
            if policy is not None:
                add_rules(rules, policy["Rules"])
        return rules

    def respond(self, request: Request, authorizer: Authorizer) -> Response:
        """Answer one request below `/v1/acl/`.

        Raises:
            HttpError: Whatever Consul refuses.
        """
        if not self.enabled:
            raise HttpError(401, "ACL support disabled")
        what, _, name = request.path.removeprefix("/v1/acl/").partition("/")
        if what == "bootstrap":
            raise Denied("Permission denied: ACL bootstrap no longer allowed (reset index: 1)")
        if what == "token" and name == "self":
            return self._self(request)
        kinds = {plural: kind for kind, plural in KINDS.items()}
        if what in kinds:
            return self._list(request, kinds[what], authorizer)
        if what not in KINDS:
            raise HttpError(404, "Invalid URL path: not a recognized HTTP API endpoint\n")
        if request.method == "PUT":
            return self._put(request, what, name, authorizer)
        if not name:
            raise HttpError(400, f"Missing {what} ID")
        if request.method == "DELETE":
            return self._delete(what, name, authorizer)
        return self._get(request, what, name, authorizer)

    def _self(self, request: Request) -> Response:
        with self._store.lock:
            token = self._by_secret(_secret_of(request) or "anonymous")
        if token is None:
            raise Denied("ACL not found")
        return Response.of_json(token)

    def _list(self, request: Request, kind: str, authorizer: Authorizer) -> Response:
        authorizer.require_plain("acl", "read")

        def look(state: State) -> Answer:
            found = sorted(state.acl[kind].values(), key=lambda item: str(item.get("Name") or item.get("AccessorID")))
            return Answer([_shown(kind, item, authorizer) for item in found], state.index)

        items, headers = self._reader.read(request, lambda: Watch("acl"), look)
        if kind == "policy":
            items = [{"Datacenters": None, **item} for item in items]
            items = [{name: value for name, value in item.items() if name != "Rules"} for item in items]
        if kind == "token" and request.arg("policy"):
            wanted = request.arg("policy")
            items = [item for item in items if any(link["ID"] == wanted for link in item.get("Policies") or [])]
        return Response.of_json(items, headers=headers)

    def _get(self, request: Request, kind: str, name: str, authorizer: Authorizer) -> Response:
        authorizer.require_plain("acl", "read")
        by_name = name.removeprefix("name/") if name.startswith("name/") else ""

        def look(state: State) -> Answer:
            found = state.acl[kind].get(name)
            if by_name:
                found = named(state, kind, by_name)
            return Answer(found, found["ModifyIndex"] if found else state.index, missing=found is None)

        item, headers = self._reader.read(request, lambda: Watch("acl"), look)
        if item is None:
            raise Denied("ACL not found")
        return Response.of_json(_shown(kind, item, authorizer), headers=headers)

    def _put(self, request: Request, kind: str, item_id: str, authorizer: Authorizer) -> Response:
        authorizer.require_plain("acl", "write")
        try:
            wanted = json.loads(request.body or b"{}")
        except ValueError as error:
            raise HttpError(400, f"{kind.capitalize()} decoding failed: {error}") from None
        self._reader.check_leader()
        if kind == "token" and item_id.endswith("/clone"):
            original = self._store.state.acl["token"].get(item_id.removesuffix("/clone"))
            if original is None:
                raise Denied("ACL not found")
            wanted = {**original, **wanted, "AccessorID": "", "SecretID": ""}
            item_id = ""
        save: dict[str, Callable[[Change, str, dict[str, Any]], dict[str, Any]]] = {
            "policy": save_policy,
            "role": save_role,
            "token": save_token,
        }
        with self._store.change() as change:
            item = save[kind](change, item_id, wanted)
        return Response.of_json(item)

    def _delete(self, kind: str, item_id: str, authorizer: Authorizer) -> Response:
        authorizer.require_plain("acl", "write")
        self._reader.check_leader()
        if item_id == MANAGEMENT_POLICY:
            raise HttpError(500, "Delete operation not permitted on the builtin global-management policy")
        if item_id == ANONYMOUS_TOKEN:
            raise HttpError(500, "Delete operation not permitted on the anonymous token")
        if kind == "token" and item_id == authorizer.accessor:
            raise HttpError(500, "Deletion of the request's authorization token is not permitted")
        with self._store.change() as change:
            if item_id in change.state.acl[kind]:
                change.put_acl(kind, item_id, None)
                unlink(change, kind, item_id)
        return Response.of_json(True)


def _shown(kind: str, item: dict[str, Any], authorizer: Authorizer) -> dict[str, Any]:
    if kind == "token" and not authorizer.allows_plain("acl", "write"):
        return {**item, "SecretID": HIDDEN}
    return item


def _dated(token: dict[str, Any]) -> dict[str, Any]:
    return {**token, "Local": False, "CreateTime": now()}


def _secret_of(request: Request) -> str:
    bearer = request.headers.get("authorization", "")
    by_header = request.headers.get("x-consul-token", "")
    return request.arg("token") or by_header or (bearer[7:].strip() if bearer.lower().startswith("bearer ") else "")
