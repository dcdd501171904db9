"""Who asks: bearer tokens, client certificates, impersonation."""

from __future__ import annotations

import base64
import json
import secrets
import threading

from lab.standins.front import Request

from .cluster import Cluster, User
from .errors import Json, forbidden, unauthorized

MASTERS = "system:masters"
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def service_account(namespace: str, name: str, uid: str = "") -> User:
    """The user that a ServiceAccount's token stands for."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)


class Tokens:
    """The bearer tokens that this server knows."""

    def __init__(self, admin: str) -> None:
        self._lock = threading.Lock()
        self.admin = admin
        self._users: dict[str, User] = {admin: User("lab-admin", (MASTERS, "system:authenticated"))}
        self._accounts: dict[str, tuple[str, str, str]] = {}

    def add(self, token: str, user: User) -> None:
        """Accept a token as a user's."""
        with self._lock:
            self._users[token] = user

    def issue(self, namespace: str, name: str, uid: str) -> str:
        """A token of a ServiceAccount; it ends with the account."""
        header = _part({"alg": "none", "typ": "JWT"})
        claims = _part({"sub": f"system:serviceaccount:{namespace}:{name}", "jti": secrets.token_hex(8)})
        token = f"{header}.{claims}.{secrets.token_urlsafe(32)}"
        with self._lock:
            self._accounts[token] = (namespace, name, uid)
        return token

    def user_of(self, cluster: Cluster, token: str) -> User | None:
        """The user of a token; None for a token that is not (or no longer) good."""
        if token in self._users:
            return self._users[token]
        account = self._accounts.get(token)
        if account is None:
            return None
        namespace, name, uid = account
        found = cluster.get("", "serviceaccounts", name, namespace)
        if found is None or found["metadata"]["uid"] != uid:
            return None
        return service_account(namespace, name, uid)


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def authenticate(cluster: Cluster, tokens: Tokens, request: Request) -> User:
    """Who a request is from.

    Raises:
        ApiError: 401, there is a token and it is nobody's; 403, impersonation by someone who may not.
    """
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        found = tokens.user_of(cluster, token.strip())
        if found is None:
            raise unauthorized()
        user = found
    elif request.subject:
        user = User(request.subject, (*request.groups, "system:authenticated"))
    else:
        user = ANONYMOUS
    name = request.headers.get("impersonate-user")
    if name is None:
        return user
    if MASTERS not in user.groups:
        why = f'User "{user.name}" cannot impersonate resource "users" in API group "" at the cluster scope'
        raise forbidden("", "users", name, why)
    groups = tuple(filter(None, [request.headers.get("impersonate-group", "")]))
    if name.startswith("system:serviceaccount:") and not groups:
        _, _, namespace, account = name.split(":", 3)
        return service_account(namespace, account)
    return User(name, (*groups, "system:authenticated"))
