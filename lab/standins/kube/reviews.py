"""What is asked and not stored: access reviews, token reviews, a ServiceAccount's token."""

from __future__ import annotations

from . import rbac
from .authentication import Tokens
from .cluster import Cluster, User
from .errors import Json, invalid, invalid_value
from .kinds import Kind
from .reading import stored


def review(cluster: Cluster, tokens: Tokens, kind: Kind, namespace: str, body: Json, user: User) -> Json:
    """Answer a review: what was posted, with a status.

    Raises:
        ApiError: 422, it asks for nothing.
    """
    spec = body.get("spec") or {}
    answer = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {}, "spec": spec}
    if kind.kind == "SelfSubjectReview":
        del answer["spec"]
        answer["metadata"] = {"creationTimestamp": cluster.now()}
        answer["status"] = {"userInfo": _info(user)}
    elif kind.kind == "TokenReview":
        found = tokens.user_of(cluster, spec.get("token", ""))
        answer["status"] = {"authenticated": True, "user": _info(found)} if found else {"user": {}}
    elif kind.kind == "SelfSubjectRulesReview":
        rules = rbac.rules_of(cluster, user, spec.get("namespace", ""))
        answer["status"] = {
            "resourceRules": [rule for rule in rules if rule.get("resources")],
            "nonResourceRules": [rule for rule in rules if rule.get("nonResourceURLs")],
            "incomplete": False,
        }
    else:
        who = user if kind.kind.startswith("Self") else User(spec.get("user", ""), tuple(spec.get("groups") or ()))
        answer["status"] = _access(cluster, who, spec, namespace)
    return answer


def _info(user: User) -> Json:
    return {"username": user.name, **({"uid": user.uid} if user.uid else {}), "groups": list(user.groups)}


def _access(cluster: Cluster, user: User, spec: Json, namespace: str) -> Json:
    wanted = spec.get("resourceAttributes")
    if wanted is None:
        path = spec.get("nonResourceAttributes")
        if path is None:
            words = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            raise invalid("authorization.k8s.io", "", "", [invalid_value("spec.resourceAttributes", None, words)])
        try:
            rbac.authorize_path(cluster, user, path.get("verb", ""), path.get("path", ""))
        except Exception:  # noqa: BLE001 - refused is an answer here
            return {"allowed": False}
        return {"allowed": True}
    resource = wanted.get("resource", "")
    if wanted.get("subresource"):
        resource += "/" + wanted["subresource"]
    reason = rbac.why(
        cluster, user, wanted.get("verb", ""), wanted.get("group", ""), resource,
        wanted.get("namespace") or namespace, wanted.get("name", ""),
    )  # fmt: skip
    return {"allowed": reason is not None, **({"reason": reason} if reason else {})}


def _identity(value: Json) -> Json:
    return {name: value["metadata"][name] for name in ("name", "namespace", "uid")}


def token_request(cluster: Cluster, tokens: Tokens, kind: Kind, namespace: str, name: str, body: Json) -> Json:
    """A fresh token of a ServiceAccount.

    Raises:
        ApiError: 404, there is no such account.
    """
    account = stored(cluster, kind, namespace, name).object
    seconds = int((body.get("spec") or {}).get("expirationSeconds") or 3600)
    token = tokens.issue(namespace, name, account["metadata"]["uid"], expires=cluster.clock() + seconds)
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {**_identity(account), "creationTimestamp": cluster.now()},
        "spec": {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": seconds, "boundObjectRef": None},
        "status": {"token": token, "expirationTimestamp": cluster.now(plus=seconds)},
    }
