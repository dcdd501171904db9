"""Connecting to a Consul."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from paas.consul.keys import Keys
from paas.consul.transport import Transport
from paas.consul.wire import Wire
from paas.references import References
from paas.settings import ConsulSettings

_log = logging.getLogger(__name__)


def connect(settings: ConsulSettings, references: References) -> Consul:
    """Prepare a Consul; nothing is sent before the first call."""
    if not settings.verify_tls:
        _log.warning("consul.%s.verify_tls is false: any server can pass for it", settings.name)
    return Consul(settings, references)


class Consul(Keys):
    """One Consul with its keys.

    Args:
        settings: The profile.
        references: Where the token named by the profile is fetched from.

    Attributes:
        wire: Sends single requests.
    """

    def __init__(self, settings: ConsulSettings, references: References) -> None:
        super().__init__(profile=settings.name, datacenter=settings.datacenter, connected=self._open)
        self._settings = settings
        self._references = references
        self._client: Any = None
        self._connections: Transport | None = None
        self.wire = Wire(profile=settings.name, datacenter=settings.datacenter, connected=self._transport)

    def another(self) -> Consul:
        """The same Consul over a connection of its own, for another thread."""
        return Consul(self._settings, self._references)

    def _open(self) -> Any:
        """The py-consul client, made once.

        Raises:
            ConfigError: The token's reference names nothing.
        """
        if self._client is None:
            import consul

            settings = self._settings
            address = urlsplit(settings.address)
            client = consul.Consul(
                host=address.hostname,
                port=address.port or (443 if address.scheme == "https" else 80),
                scheme=address.scheme,
                dc=settings.datacenter,
                verify=(settings.ca_file or True) if settings.verify_tls else False,
                connections_timeout=settings.timeout,
            )
            # CONSUL_HTTP_TOKEN would win over the profile's token, REQUESTS_CA_BUNDLE over its authority.
            client.token = self._token()
            client.http.session.trust_env = False
            client.http.base_uri = settings.address.rstrip("/")
            self._client = client
        return self._client

    def _transport(self) -> Transport:
        """The connections, made once.

        Raises:
            ConfigError: The token's reference names nothing, or something that is no token.
        """
        if self._connections is None:
            self._connections = Transport(self._settings, self._token())
        return self._connections

    def _token(self) -> str | None:
        reference = self._settings.token
        if reference is None:
            return None
        return self._references.fetch(reference, key=f"consul.{self._settings.name}.token").reveal()
