"""Who asks: bearer tokens, client certificates, impersonation."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading

from lab.standins.request import Request

from .cluster import Cluster, User
from .errors import Json, forbidden, unauthorized

MASTERS = "system:masters"
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def service_account(namespace: str, name: str, uid: str = "") -> User:
    """The user that a ServiceAccount's token stands for."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)


class Tokens:
    """The bearer tokens that this server knows.

    Args:
        admin: The administrator's.
        key: What ServiceAccounts' tokens are signed with.
    """

    def __init__(self, admin: str, key: bytes) -> None:
        self._lock = threading.Lock()
        self._key = key
        self._users: dict[str, User] = {admin: User("lab-admin", (MASTERS, "system:authenticated"))}

    def add(self, token: str, user: User) -> None:
        """Accept a token as a user's."""
        with self._lock:
            self._users[token] = user

    def issue(self, namespace: str, name: str, uid: str, *, expires: float = 0.0) -> str:
        """A signed token of a ServiceAccount; it ends with the account, and when it expires (0: never)."""
        claims: Json = {"sub": f"system:serviceaccount:{namespace}:{name}", "jti": secrets.token_hex(8)}
        claims["kubernetes.io"] = {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}}
        if expires:
            claims["exp"] = int(expires)
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def _signature(self, signed: str) -> str:
        return _base64(hmac.digest(self._key, signed.encode(), "sha256"))

    def user_of(self, cluster: Cluster, token: str) -> User | None:
        """The user of a token; None for a token that is not (or no longer) good."""
        if token in self._users:
            return self._users[token]
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        about = claims["kubernetes.io"]
        account, namespace = about["serviceaccount"], about["namespace"]
        found = cluster.get("", "serviceaccounts", account["name"], namespace)
        if found is None or found["metadata"]["uid"] != account["uid"]:
            return None
        if claims.get("exp") and claims["exp"] < cluster.clock():
            return None
        return service_account(namespace, account["name"], account["uid"])


def _part(value: Json) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


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
