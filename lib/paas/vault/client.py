"""Signing in to a Vault."""

from __future__ import annotations

import logging
from typing import Any

from paas.references import References
from paas.settings import VaultSettings
from paas.vault.failures import translated
from paas.vault.secrets import Secrets

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

    def _open(self) -> Any:
        """The hvac client, signed in once.

        Raises:
            ConfigError: A reference of the profile names nothing.
            ServerError: Vault did not let the profile in.
        """
        if self._client is None:
            client = self._unsigned()
            with translated(profile=self._settings.name, operation="sign in to", target=self._settings.address):
                self._sign_in(client)
            self._client = client
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

    def _sign_in(self, client: Any) -> None:
        auth = self._settings.auth
        mount = {"mount_point": auth.mount} if auth.mount else {}
        if auth.method == "token":
            assert auth.token is not None
            client.token = self._fetch("token", auth.token)
        elif auth.method == "approle":
            assert auth.role_id is not None and auth.secret_id is not None
            client.auth.approle.login(role_id=auth.role_id, secret_id=self._fetch("secret_id", auth.secret_id), **mount)
        else:
            assert auth.role is not None
            client.auth.kubernetes.login(role=auth.role, jwt=self._fetch("jwt", auth.jwt), **mount)

    def _fetch(self, name: str, reference: str) -> str:
        return self._references.fetch(reference, key=f"vault.{self._settings.name}.auth.{name}").reveal()
