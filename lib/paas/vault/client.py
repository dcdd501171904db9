"""Signing in to a Vault."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from paas.errors import Forbidden, NotFound
from paas.references import References
from paas.settings import VaultSettings
from paas.vault.failures import translated
from paas.vault.secrets import Mount, Secrets
from paas.vault.tokens import Lease

_log = logging.getLogger(__name__)


def connect(settings: VaultSettings, references: References) -> Vault:
    """Prepare a Vault; it is signed in to at the first use."""
    return Vault(settings, references)


class Vault(Secrets):
    """One Vault with its secrets.

    Args:
        settings: The profile.
        references: Where the credentials named by the profile are fetched from.
    """

    def __init__(self, settings: VaultSettings, references: References) -> None:
        super().__init__(profile=settings.name, signed_in=self._open)
        self._settings = settings
        self._references = references
        self._client: Any = None
        self._lease: Lease | None = None

    @property
    def profile(self) -> str:
        """The Vault's name in the settings."""
        return self._settings.name

    @property
    def settings(self) -> VaultSettings:
        """The profile."""
        return self._settings

    def split(self, path: str) -> tuple[Mount, str]:
        """The mount of a path, and the rest of the path.

        Raises:
            ServerError: It lies in no KV secrets engine, or Vault did not say.
        """
        return self._split(path)

    def ask(
        self, method: str, url: str, *, operation: str, target: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send one request below `/v1/`, signed in.

        Raises:
            ServerError: Or one of its kinds.
        """
        return self._ask(method, url, operation=operation, target=target, body=body)

    def read_version(self, path: str, version: int) -> Mapping[str, Any] | None:
        """The data of one version of a secret in KV version 2, None where it was deleted, destroyed or dropped.

        Raises:
            ServerError: Vault did not answer with it.
        """
        mount, inner = self._split(path)
        url, query = f"{mount.path}data/{inner}", f"?version={version}"
        try:
            answer = self._ask("get", url, operation="read", target=path, deleted=True, query=query)
        except NotFound:
            return None
        data: Mapping[str, Any] | None = answer["data"].get("data")
        return data

    def unsigned(self) -> Any:
        """An hvac client without a token, for what Vault tells anybody."""
        return self._unsigned()

    def _ask(self, method: str, url: str, *, query: str = "", **named: Any) -> dict[str, Any]:
        # A `?`, `#` or `%` in a secret's name would end or change the path.
        url = quote(url, safe="/") + query
        try:
            return super()._ask(method, url, **named)
        except Forbidden as error:
            # Vault says "permission denied" to an expired token as to a policy that does not reach.
            if self._lease is None or not self._lease.is_over():
                raise
            if self._settings.auth.method == "token":
                raise self._lease.expired(error) from None
            self._client = None
            return super()._ask(method, url, **named)

    def _open(self) -> Any:
        """The hvac client, signed in, its token renewed in time.

        Raises:
            ConfigError: A reference of the profile names nothing.
            ServerError: Vault did not let the profile in.
        """
        if self._client is not None and self._lease is not None and not self._lease.keep():
            self._client = None
        if self._client is None:
            client = self._unsigned()
            with translated(profile=self._settings.name, operation="sign in to", target=self._settings.address):
                answer = self._sign_in(client)
            self._client = client
            self._lease = Lease(client, profile=self._settings.name, answer=answer)
        return self._client

    def _unsigned(self) -> Any:
        import hvac

        if not self._settings.verify_tls:
            _log.warning("vault.%s.verify_tls is false: any server can pass for it", self._settings.name)
        client = hvac.Client(
            url=self._settings.address,
            verify=(self._settings.ca_file or True) if self._settings.verify_tls else False,
            timeout=self._settings.timeout,
            namespace=self._settings.namespace,
        )
        client.token = None  # hvac takes VAULT_TOKEN or ~/.vault-token otherwise, whatever the profile says
        # requests lets REQUESTS_CA_BUNDLE win over `verify`, and a netrc win over the token.
        client.session.trust_env = False
        return client

    def _sign_in(self, client: Any) -> Any:
        """Sign in; gives Vault's answer, None where a token was there already."""
        auth = self._settings.auth
        mount = {"mount_point": auth.mount} if auth.mount else {}
        if auth.method == "token":
            assert auth.token is not None
            client.token = self._fetch("token", auth.token)
            return None
        if auth.method == "approle":
            assert auth.role_id is not None and auth.secret_id is not None
            return client.auth.approle.login(
                role_id=auth.role_id, secret_id=self._fetch("secret_id", auth.secret_id), **mount
            )
        assert auth.role is not None
        return client.auth.kubernetes.login(role=auth.role, jwt=self._fetch("jwt", auth.jwt), **mount)

    def _fetch(self, name: str, reference: str) -> str:
        return self._references.fetch(reference, key=f"vault.{self._settings.name}.auth.{name}").reveal()
