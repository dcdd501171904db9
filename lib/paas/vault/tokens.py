"""How long the token of a connection lives: renewed in time, and known to be over when it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from paas.errors import Forbidden

#: Part of its life after which a token is renewed.
_RENEW_AFTER = 0.5
#: All that Vault says to a token that it does not know.
_OVER = ("permission denied", "bad token", "invalid token")


class Lease:
    """The life of one token.

    Args:
        client: The hvac client that holds the token.
        profile: The Vault's name, for errors.
        answer: What signing in answered; None for a token that was given, which is looked up only when Vault says no.
        clock: Monotonic seconds.
    """

    def __init__(
        self, client: Any, *, profile: str, answer: Any = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._profile = profile
        self._clock = clock
        self._begun = clock()
        auth = (answer or {}).get("auth") or {}
        self._seconds = float(auth.get("lease_duration") or 0)
        self._renewable = bool(auth.get("renewable"))

    def keep(self) -> bool:
        """Renew the token where half of its life is over.

        Returns:
            False where it cannot be used any more.
        """
        if not self._seconds:
            return True
        age = self._clock() - self._begun
        if age < _RENEW_AFTER * self._seconds:
            return True
        if self._renewable and age < self._seconds and self._renew():
            return True
        return age < self._seconds

    def is_over(self) -> bool:
        """Whether Vault does not know the token any more."""
        import hvac.exceptions
        import requests

        try:
            self._client.auth.token.lookup_self()
        except hvac.exceptions.Forbidden as refused:
            # A policy that does not reach says "1 error occurred: * permission denied".
            return any(str(word).strip() in _OVER for word in refused.errors or ())
        except (hvac.exceptions.VaultError, requests.exceptions.RequestException):
            return False
        return False

    def expired(self, error: Forbidden) -> Forbidden:
        """The error for a token that is over, in place of what Vault said."""
        return Forbidden(
            system=error.system,
            operation=error.operation,
            target=error.target,
            status=error.status,
            words="the token has expired, or was revoked",
            hint=f"put a new token where vault.{self._profile}.auth.token refers to",
        )

    def _renew(self) -> bool:
        import hvac.exceptions
        import requests

        try:
            answer = self._client.auth.token.renew_self()
        except (hvac.exceptions.VaultError, requests.exceptions.RequestException):
            return False
        auth = answer.get("auth") or {}
        self._begun = self._clock()
        self._seconds = float(auth.get("lease_duration") or 0)
        self._renewable = bool(auth.get("renewable"))
        return True
