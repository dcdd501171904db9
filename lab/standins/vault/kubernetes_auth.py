"""Kubernetes auth: a service account's token is shown to its cluster by TokenReview, and checked against a role."""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from lab.standins.httpd import Response
from lab.standins.vault import auth_roles
from lab.standins.vault.answers import DENIED, NOT_FOUND, Call, VaultError, done, envelope, keys
from lab.standins.vault.storage import Storage
from lab.standins.vault.tokens import Tokens

ROLE: dict[str, Any] = {
    "alias_name_source": "serviceaccount_uid",
    "audience": "",
    "bound_service_account_names": [],
    "bound_service_account_namespaces": [],
    **auth_roles.TOKEN_SETTINGS,
}
CONFIG: dict[str, Any] = {
    "disable_iss_validation": True,
    "disable_local_ca_jwt": False,
    "issuer": "",
    "kubernetes_ca_cert": "",
    "kubernetes_host": "",
    "pem_keys": [],
    "token_reviewer_jwt": "",
}
NO_JWT = "1 error occurred:\n\t* square/go-jose: compact JWS format must have three parts\n\n"
LOCAL_CA = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


class KubernetesAuth:
    """One mount of Kubernetes auth.

    Args:
        storage: Where configuration and roles are.
        prefix: The mount's own part of the storage.
        mount: `auth/kubernetes/`.
        tokens: Where logins lead to.
        timeout: Seconds that the cluster may take for a TokenReview.
    """

    def __init__(self, storage: Storage, prefix: str, mount: str, tokens: Tokens, *, timeout: float = 10.0) -> None:
        self._storage = storage
        self._prefix = prefix
        self._mount = mount
        self._tokens = tokens
        self._timeout = timeout

    def exists(self, path: str) -> bool | None:
        """Whether there is a role at this path."""
        kind, _, name = path.partition("/")
        return self._storage.get(f"{self._prefix}role/{name}") is not None if kind == "role" else None

    def open_to_all(self, path: str) -> bool:
        """Whether a path needs no token."""
        return path == "login"

    def respond(self, call: Call, path: str) -> Response:
        """Answer one call below the mount.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        kind, _, name = path.strip("/").partition("/")
        if kind == "login" and call.writes:
            return self._login(call.data)
        if kind == "config":
            return self._config(call)
        if kind != "role":
            raise VaultError(404, "1 error occurred:\n\t* unsupported path\n\n")
        return self._role(call, name) if name else keys(self._storage.names(f"{self._prefix}role/"))

    def _config(self, call: Call) -> Response:
        stored = self._storage.get(f"{self._prefix}config")
        if call.operation == "read":
            if stored is None:
                raise NOT_FOUND
            return envelope({name: value for name, value in stored.items() if name != "token_reviewer_jwt"})
        if not call.data.get("kubernetes_host"):
            raise VaultError(400, "no host provided")
        config = {name: call.data.get(name, default) for name, default in CONFIG.items()}
        if not config["kubernetes_ca_cert"]:
            if config["disable_local_ca_jwt"]:
                raise VaultError(400, "kubernetes_ca_cert must be given when disable_local_ca_jwt is true")
            raise VaultError(400, f"open {LOCAL_CA}: no such file or directory")
        if config["token_reviewer_jwt"] and config["token_reviewer_jwt"].count(".") != 2:
            raise VaultError(500, NO_JWT)
        self._storage.put(f"{self._prefix}config", config)
        return done()

    def _role(self, call: Call, name: str) -> Response:
        path = f"{self._prefix}role/{name}"
        role = self._storage.get(path)
        if call.operation == "read":
            if role is None:
                raise NOT_FOUND
            return envelope({field: value for field, value in role.items() if value or field != "audience"})
        if call.operation == "delete":
            self._storage.delete(path)
            return done()
        role = auth_roles.updated(role or ROLE, call.data)
        for field in ("bound_service_account_names", "bound_service_account_namespaces"):
            if not role[field]:
                raise VaultError(400, f'"{field}" can not be empty')
        self._storage.put(path, role)
        return done()

    def _login(self, data: dict[str, Any]) -> Response:
        name, jwt = str(data.get("role", "")), str(data.get("jwt", ""))
        for field, value in (("role", name), ("jwt", jwt)):
            if not value:
                raise VaultError(400, f"missing {field}")
        role = self._storage.get(f"{self._prefix}role/{name}")
        if role is None:
            raise VaultError(400, f'invalid role name "{name}"')
        config = self._storage.get(f"{self._prefix}config")
        if config is None:
            raise VaultError(500, "could not load backend configuration")
        claimed = _claims(jwt)
        _check_bound(role, claimed)
        reviewed = self._review(config, jwt, role.get("audience", ""))
        if reviewed != (claimed["namespace"], claimed["name"], claimed["uid"]):
            raise VaultError(403, DENIED)
        meta = {
            "role": name,
            "service_account_name": claimed["name"],
            "service_account_namespace": claimed["namespace"],
            "service_account_secret_name": claimed["secret"],
            "service_account_uid": claimed["uid"],
        }
        token = auth_roles.issue(
            self._tokens,
            role,
            path=f"{self._mount}login",
            display_name=f"{claimed['namespace']}-{claimed['name']}",
            meta=meta,
            entity=claimed["uid"],
        )
        return envelope(auth=self._tokens.as_auth(token))

    def _review(self, config: dict[str, Any], jwt: str, audience: str) -> tuple[str, str, str]:
        """Ask the cluster whose token it is: namespace, name and uid.

        Raises:
            VaultError: 403; the cluster does not answer for it, whatever the reason, as Vault says.
        """
        spec: dict[str, Any] = {"token": jwt, **({"audiences": [audience]} if audience else {})}
        body = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "spec": spec}
        bearer = config["token_reviewer_jwt"] or jwt
        request = urllib.request.Request(
            config["kubernetes_host"].rstrip("/") + "/apis/authentication.k8s.io/v1/tokenreviews",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
            method="POST",
        )
        try:
            context = ssl.create_default_context(cadata=config["kubernetes_ca_cert"])
            with urllib.request.urlopen(request, timeout=self._timeout, context=context) as answer:
                status = json.loads(answer.read())["status"]
            parts = status["user"]["username"].split(":")
            authenticated = status["authenticated"] and parts[:2] == ["system", "serviceaccount"]
            if not authenticated or len(parts) != 4:
                raise VaultError(403, DENIED)
            return parts[2], parts[3], status["user"].get("uid", "")
        except (OSError, ValueError, KeyError, TypeError):
            raise VaultError(403, DENIED) from None


def _claims(jwt: str) -> dict[str, str]:
    """Whose token it says it is; nothing is verified here, that is the cluster's part.

    Raises:
        VaultError: 403; it is no JWT of a service account.
    """
    try:
        middle = jwt.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, binascii.Error):
        raise VaultError(403, DENIED) from None
    projected = claims.get("kubernetes.io") or {}
    account = projected.get("serviceaccount") or {}
    older = "kubernetes.io/serviceaccount/"
    return {
        "name": account.get("name") or claims.get(f"{older}service-account.name", ""),
        "uid": account.get("uid") or claims.get(f"{older}service-account.uid", ""),
        "namespace": projected.get("namespace") or claims.get(f"{older}namespace", ""),
        "secret": claims.get(f"{older}secret.name", ""),
    }


def _check_bound(role: dict[str, Any], claimed: dict[str, str]) -> None:
    for field, value, words in (
        ("bound_service_account_namespaces", claimed["namespace"], "namespace not authorized"),
        ("bound_service_account_names", claimed["name"], "service account name not authorized"),
    ):
        if role[field] != ["*"] and value not in role[field]:
            raise VaultError(403, words)
