"""From a request to an answer: authentication, faults, authorization, and the verb."""

from __future__ import annotations

import contextlib
import json

from lab.standins.front import Reply
from lab.standins.request import Hangup, Request

from . import (
    bodies,
    changing,
    deleting,
    discovery,
    faults,
    openapi,
    rbac,
    reading,
    reviews,
    scale,
    tables,
    watching,
    writing,
)
from .admin import Admin
from .authentication import Tokens, authenticate
from .cluster import Cluster, User
from .errors import ApiError, Json, method_not_allowed, no_such_path, no_such_resource, not_found
from .kinds import Kind
from .options import WriteOptions
from .paths import Target, parse
from .store import encode

HEALTH = frozenset({"/healthz", "/livez", "/readyz", "/healthz/ping", "/readyz/ping", "/livez/ping"})


class Api:
    """The API of one cluster.

    Args:
        cluster: The cluster.
        tokens: The bearer tokens it knows.
    """

    def __init__(self, cluster: Cluster, tokens: Tokens) -> None:
        self.cluster = cluster
        self.tokens = tokens
        self.continues = reading.Tokens()
        self.streams = watching.Streams()
        self.faults = faults.Faults()
        self.port = 0
        self.own_groups = {kind.group for kind in cluster.kinds.all()}
        self.admin = Admin(self)

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer one request."""
        try:
            self._handle(request, reply)
        except ApiError as error:
            if reply.started:
                raise Hangup from error
            if error.plain:
                headers = {"X-Content-Type-Options": "nosniff", **error.headers}
                reply.send(
                    error.code, error.message.encode(), content_type="text/plain; charset=utf-8", headers=headers
                )
            else:
                reply.send(error.code, encode(error.status()), headers=error.headers)

    def _handle(self, request: Request, reply: Reply) -> None:
        user = authenticate(self.cluster, self.tokens, request)
        if request.path.startswith("/__lab__/"):
            self.admin.handle(request, reply, user)
            return
        target = parse(request.method, request.path, request.query)
        verb = target.verb if target else request.method.lower()
        self.faults.count(verb, dry_run=bool(request.query.get("dryRun")))
        action = self.faults.take(request, verb == "watch") or {}
        faults.before(action, reply, self.cluster.stopping)
        if "reset_after" in action:
            self._swallow(request, reply, user, target)
        if "stream_error" in action:
            reply.begin_stream()
            reply.chunk(watching.error_line(action["stream_error"]))
            reply.end_stream()
            return
        self._answer(request, reply, user, target)

    def _swallow(self, request: Request, reply: Reply, user: User, target: Target | None) -> None:
        """Let a request go through and lose its answer."""
        deaf = Reply(reply.connection)
        deaf.cut_after = 0
        with contextlib.suppress(Hangup, ApiError):
            self._answer(request, deaf, user, target)
        reply.reset()

    def _answer(self, request: Request, reply: Reply, user: User, target: Target | None) -> None:
        if target is None:
            self._document(request, reply, user)
            return
        kind = self.cluster.kinds.find(target.group, target.version, target.plural)
        rbac.authorize(self.cluster, user, target)
        if kind is None or (target.namespace and not kind.namespaced and target.plural != "namespaces"):
            raise self._unknown(target.group)
        if target.subresource:
            self._subresource(request, reply, user, target, kind)
            return
        if target.verb not in kind.verbs and not (target.verb == "get" and not kind.verbs):
            raise method_not_allowed()
        namespace = target.namespace if kind.namespaced else ""
        if kind.namespaced and not namespace and target.verb not in ("list", "watch"):
            raise method_not_allowed() if not target.name else no_such_resource()
        if target.verb in ("update", "patch") and not target.name:
            raise method_not_allowed()
        handler = getattr(self, f"_{target.verb}")
        handler(request, reply, user, kind, namespace, target.name)

    def _unknown(self, group: str) -> ApiError:
        """404, in the form that the group's own server gives it."""
        return no_such_resource() if group in self.own_groups else no_such_path()

    def _document(self, request: Request, reply: Reply, user: User) -> None:
        path = request.path
        rbac.authorize_path(self.cluster, user, request.method.lower(), path)
        if path in HEALTH:
            reply.send(200, b"ok", content_type="text/plain; charset=utf-8")
            return
        if path == "/version" or path == "/version/":
            reply.send(200, encode(discovery.version(self.cluster)))
            return
        if path == "/openapi/v2" and "proto-openapi.spec.v2" in request.headers.get("accept", ""):
            # kubectl asks so for a kind it has not found otherwise. An empty document is right: this one is not there.
            reply.send(200, b"", content_type=openapi.V2_PROTOBUF)
            return
        document = openapi.answer(self.cluster, path) or discovery.answer(self.cluster, path, self.port)
        if document is None:
            raise self._unknown(path.split("/")[2] if path.startswith("/apis/") else "-")
        reply.send(200, encode(document))

    def _get(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        del user
        found = reading.stored(self.cluster, kind, namespace, name)
        if kind.custom and tables.wanted(request.headers):
            metadata = {"resourceVersion": str(found.version)}
            reply.send(200, tables.table(self.cluster, kind, [found], metadata))
            return
        reply.send(200, found.encoded(kind.api_version, kind.kind))

    def _list(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        del user, name
        found, metadata = reading.list_objects(self.cluster, kind, namespace, request.query, self.continues)
        if kind.custom and tables.wanted(request.headers):
            reply.send(200, tables.table(self.cluster, kind, found, metadata))
            return
        reply.send(200, reading.list_body(kind, found, metadata))

    def _watch(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        del user
        watching.watch(self.cluster, self.streams, kind, namespace, name, request.query, reply, request.path)

    def _create(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        if name:
            raise method_not_allowed()
        body = bodies.read_object(request, kind)
        if kind.verbs == ("create",):
            answer = reviews.review(self.cluster, self.tokens, kind, namespace, body, user)
            reply.send(201, encode(answer))
            return
        options = WriteOptions.of(request.query, request.headers)
        self._written(reply, writing.create(self.cluster, kind, namespace, body, options, user))

    def _update(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        options = WriteOptions.of(request.query, request.headers)
        body = bodies.read_object(request, kind)
        self._written(reply, writing.replace(self.cluster, kind, namespace, name, body, options, user, ""))

    def _patch(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        self._patched(request, reply, user, kind, namespace, name, "")

    def _patched(
        self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str, subresource: str
    ) -> None:
        options = WriteOptions.of(request.query, request.headers)
        content_type = request.headers.get("content-type", "").split(";")[0].strip()
        raw = bodies.read_patch(request, content_type)
        done = writing.patch(self.cluster, kind, namespace, name, content_type, raw, options, user, subresource)
        self._written(reply, done)

    def _delete(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        options = self._delete_options(request, kind)
        status, body = deleting.delete(self.cluster, kind, namespace, name, options)
        reply.send(status, body)

    def _deletecollection(
        self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str
    ) -> None:
        del name
        options = self._delete_options(request, kind)
        listed = reading.select(self.cluster, kind, namespace, request.query)
        deleting.delete_collection(self.cluster, kind, listed, options)
        metadata = {"resourceVersion": str(self.cluster.store.version)}
        reply.send(200, reading.list_body(kind, listed, metadata))

    @staticmethod
    def _delete_options(request: Request, kind: Kind) -> Json:
        body = bodies.read_object(request, kind) if request.body else {}
        return deleting.read_options(body, request.query)

    def _subresource(self, request: Request, reply: Reply, user: User, target: Target, kind: Kind) -> None:
        name, sub = target.name, target.subresource
        namespace = target.namespace if kind.namespaced else ""
        if sub not in kind.subresources:
            raise not_found(kind.group, kind.plural, name) if kind.custom else self._unknown(kind.group)
        if sub == "scale":
            reply.send(200, scale.answer(self.cluster, kind, namespace, name, request, user))
        elif sub == "token" and target.verb == "create":
            answer = reviews.token_request(
                self.cluster, self.tokens, kind, namespace, name, bodies.read_object(request, kind)
            )
            reply.send(201, encode(answer))
        elif sub == "finalize" and target.verb == "update":
            reply.send(200, encode(writing.finalize(self.cluster, kind, name, bodies.read_object(request, kind))))
        elif sub == "eviction" and target.verb == "create":
            deleting.delete(self.cluster, kind, namespace, name, {})
            reply.send(
                201, encode({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
            )
        elif sub != "status":
            raise method_not_allowed()
        elif target.verb == "get":
            reply.send(200, reading.get(self.cluster, kind, namespace, name))
        elif target.verb == "patch":
            self._patched(request, reply, user, kind, namespace, name, "status")
        elif target.verb == "update":
            options = WriteOptions.of(request.query, request.headers)
            body = bodies.read_object(request, kind)
            self._written(reply, writing.replace(self.cluster, kind, namespace, name, body, options, user, "status"))
        else:
            raise method_not_allowed(f"{kind.plural}.{kind.group}" if kind.custom else "", verb=target.verb)

    @staticmethod
    def _written(reply: Reply, done: changing.Written) -> None:
        headers = {}
        if done.warnings:
            headers["Warning"] = ", ".join("299 - " + json.dumps(text) for text in done.warnings)
        reply.send(201 if done.created else 200, done.body, headers=headers)
