"""Requests over connections that stay open, with the profile's authority, token and timeout.

They go straight to urllib3's pool: what `requests` does around it costs more CPU than a transaction of 128 keys does.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from paas.errors import ConfigError
from paas.settings import ConsulSettings

_log = logging.getLogger(__name__)
# Consul answers a blocking query late by up to this part of its wait.
_JITTER = 1 / 16


class Transport:
    """One Consul's connections; no variable of the environment changes where they lead or whom they trust.

    Args:
        settings: The profile.
        token: Its ACL token, None where there is none.

    Raises:
        ConfigError: The token cannot be sent in a header.
    """

    def __init__(self, settings: ConsulSettings, token: str | None) -> None:
        import urllib3

        if token is not None and not (token.isascii() and token.isprintable()):
            # What refuses such a header quotes it.
            problem = "refers to something with line breaks or letters beyond ASCII in it; a token has none"
            raise ConfigError(f"consul.{settings.name}.token", problem)
        if not settings.verify_tls:
            _log.warning("consul.%s.verify_tls is false: any server can pass for it", settings.name)
        address = urlsplit(settings.address.rstrip("/"))
        self._timeout = settings.timeout
        self._path = address.path
        # Packing a large list costs Consul more than sending it within a network does.
        self._headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if token:
            self._headers["X-Consul-Token"] = token
        if address.username is not None:
            person = f"{unquote(address.username)}:{unquote(address.password or '')}"
            self._headers |= urllib3.make_headers(basic_auth=person)
        # A request may have arrived although no answer did, so none is sent twice.
        given: dict[str, Any] = {"retries": urllib3.Retry(0, read=False), "maxsize": 10}
        if address.scheme == "https":
            given |= _trust(settings)
        kind = urllib3.HTTPSConnectionPool if address.scheme == "https" else urllib3.HTTPConnectionPool
        self._pool = kind(str(address.hostname), address.port, **given)

    def send(self, method: str, path: str, *, body: bytes | None, wait: float) -> tuple[int, Mapping[str, str], bytes]:
        """Send one request.

        Args:
            method: HTTP method.
            path: Path and query, percent-encoded.
            body: What is sent.
            wait: Seconds that Consul may take on purpose before it answers.

        Returns:
            Status, headers, body. A redirect is an answer like any other.

        Raises:
            urllib3.exceptions.HTTPError: No answer arrived.
        """
        timeout = self._timeout + wait * (1 + _JITTER)
        answer = self._pool.urlopen(
            method, f"{self._path}{path}", body=body, headers=self._headers, timeout=timeout, redirect=False
        )
        return answer.status, answer.headers, answer.data


def _trust(settings: ConsulSettings) -> dict[str, Any]:
    if not settings.verify_tls:
        return {"cert_reqs": "CERT_NONE"}
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    authority = settings.ca_file or DEFAULT_CA_BUNDLE_PATH
    return {"cert_reqs": "CERT_REQUIRED", "ca_cert_dir" if Path(authority).is_dir() else "ca_certs": authority}
