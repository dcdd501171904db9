"""From a request to an answer: authentication, faults, authorization, and the verb."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import yaml

from . import changing, deleting, discovery, faults, openapi, rbac, reading, reviews, scale, watching, writing
from .admin import Admin
from .authentication import Tokens, authenticate
from .cluster import Cluster, User
from .errors import ApiError, Json, bad_request, method_not_allowed, no_such_path
from .front import Hangup, Reply, Request
from .kinds import Kind
from .options import WriteOptions
from .paths import Target, parse
from .store import encode

BODY_LIMIT = 3 * 1024 * 1024
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
            raise no_such_path()
        if target.subresource:
            self._subresource(request, reply, user, target, kind)
            return
        if target.verb not in kind.verbs and not (target.verb == "get" and not kind.verbs):
            raise method_not_allowed()
        namespace = target.namespace if kind.namespaced else ""
        if kind.namespaced and not namespace and target.verb not in ("list", "watch"):
            raise method_not_allowed() if not target.name else no_such_path()
        handler = getattr(self, f"_{target.verb}")
        handler(request, reply, user, kind, namespace, target.name)

    def _document(self, request: Request, reply: Reply, user: User) -> None:
        path = request.path
        rbac.authorize_path(self.cluster, user, request.method.lower(), path)
        if path in HEALTH:
            reply.send(200, b"ok", content_type="text/plain; charset=utf-8")
            return
        if path == "/version" or path == "/version/":
            reply.send(200, encode(discovery.version(self.cluster)))
            return
        document = openapi.answer(self.cluster, path) or discovery.answer(self.cluster, path, self.port)
        if document is None:
            raise no_such_path()
        reply.send(200, encode(document))

    def _get(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        del request, user
        reply.send(200, reading.get(self.cluster, kind, namespace, name))

    def _list(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        del user, name
        reply.send(200, reading.list_objects(self.cluster, kind, namespace, request.query, self.continues))

    def _watch(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        del user
        watching.watch(self.cluster, self.streams, kind, namespace, name, request.query, reply, request.path)

    def _create(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        if name:
            raise method_not_allowed()
        body = read_object(request)
        if kind.verbs == ("create",):
            answer = reviews.review(self.cluster, self.tokens, kind, namespace, body, user)
            reply.send(201, encode(answer))
            return
        options = WriteOptions.of(request.query, request.headers)
        self._written(reply, writing.create(self.cluster, kind, namespace, body, options, user))

    def _update(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        options = WriteOptions.of(request.query, request.headers)
        body = read_object(request)
        self._written(reply, writing.replace(self.cluster, kind, namespace, name, body, options, user, ""))

    def _patch(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        self._patched(request, reply, user, kind, namespace, name, "")

    def _patched(
        self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str, subresource: str
    ) -> None:
        options = WriteOptions.of(request.query, request.headers)
        content_type = request.headers.get("content-type", "").split(";")[0].strip()
        raw = read_yaml(request) if content_type.endswith("yaml") else read_json(request)
        done = writing.patch(self.cluster, kind, namespace, name, content_type, raw, options, user, subresource)
        self._written(reply, done)

    def _delete(self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str) -> None:
        options = self._delete_options(request)
        status, body = deleting.delete(self.cluster, kind, namespace, name, options, user)
        reply.send(status, body)

    def _deletecollection(
        self, request: Request, reply: Reply, user: User, kind: Kind, namespace: str, name: str
    ) -> None:
        del name
        options = self._delete_options(request)
        listed = reading.select(self.cluster, kind, namespace, request.query)
        deleting.delete_collection(self.cluster, kind, listed, options, user)
        metadata = {"resourceVersion": str(self.cluster.store.version)}
        reply.send(200, reading.list_body(kind, listed, metadata))

    @staticmethod
    def _delete_options(request: Request) -> Json:
        body = read_object(request) if request.body else {}
        return deleting.read_options(body, request.query)

    def _subresource(self, request: Request, reply: Reply, user: User, target: Target, kind: Kind) -> None:
        name, sub = target.name, target.subresource
        namespace = target.namespace if kind.namespaced else ""
        if sub not in kind.subresources:
            raise no_such_path()
        if sub == "scale":
            reply.send(200, scale.answer(self.cluster, kind, namespace, name, request, user))
        elif sub == "token" and target.verb == "create":
            answer = reviews.token_request(self.cluster, self.tokens, kind, namespace, name, read_object(request))
            reply.send(201, encode(answer))
        elif sub == "finalize" and target.verb == "update":
            reply.send(200, encode(writing.finalize(self.cluster, kind, name, read_object(request))))
        elif sub == "eviction" and target.verb == "create":
            deleting.delete(self.cluster, kind, namespace, name, {}, user)
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
            body = read_object(request)
            self._written(reply, writing.replace(self.cluster, kind, namespace, name, body, options, user, "status"))
        else:
            raise method_not_allowed()

    @staticmethod
    def _written(reply: Reply, done: changing.Written) -> None:
        headers = {}
        if done.warnings:
            headers["Warning"] = ", ".join("299 - " + json.dumps(text) for text in done.warnings)
        reply.send(201 if done.created else 200, done.body, headers=headers)


def read_json(request: Request) -> Any:
    """The body as JSON.

    Raises:
        ApiError: 400, it is none; 413, it is too large.
    """
    if len(request.body) > BODY_LIMIT:
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {BODY_LIMIT}")
    try:
        return json.loads(request.body or b"null")
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None


def read_yaml(request: Request) -> Any:
    """The body as YAML.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        return yaml.load(request.body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        raise bad_request(f"error decoding YAML: {error}") from None


def read_object(request: Request) -> Json:
    """The body as an object, in JSON or, by its content type, in YAML.

    Raises:
        ApiError: 400, 413 or 415.
    """
    content_type = request.headers.get("content-type", "application/json").split(";")[0].strip()
    if content_type == "application/yaml":
        body = read_yaml(request)
    elif content_type in ("application/json", "", "*/*"):
        body = read_json(request)
    else:
        words = (
            "the body of the request was in an unknown format - accepted media types include: application/json, "
            "application/yaml, application/vnd.kubernetes.protobuf"
        )
        raise ApiError(415, "UnsupportedMediaType", words, details={})
    if not isinstance(body, dict):
        raise bad_request("the body of the request is no object")
    return body
