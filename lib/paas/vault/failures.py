"""What Vault, hvac and requests raise, as the errors of `paas.errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paas import errors

_MISMATCH = "did not match the current version"
_WORDS_AT_MOST = 300
_PASSING = {"RateLimitExceeded": 429, "InternalServerError": 500, "VaultNotInitialized": 501, "BadGateway": 502}


@contextmanager
def translated(*, profile: str, operation: str, target: str) -> Iterator[None]:
    """Turn what hvac and requests raise inside the block into a `paas.errors.ServerError`.

    Only Vault's own `errors` list is quoted, never a body or a request: either may hold a secret.

    Raises:
        ServerError: Or one of its kinds.
    """
    import hvac.exceptions
    import requests

    asked: dict[str, Any] = {"system": f"Vault {profile}", "operation": operation, "target": target}
    try:
        yield
    except hvac.exceptions.VaultError as error:
        raise _answered(error, asked) from None
    except requests.exceptions.SSLError as error:
        hint = f"set vault.{profile}.ca_file to the authority that signed the server's certificate"
        raise errors.Unavailable(**asked, words=errors.root_words(error), hint=hint) from None
    except requests.exceptions.RequestException as error:
        hint = f"check vault.{profile}.address and that Vault is up; if it is a standby, that another is active"
        raise errors.Unavailable(**asked, words=errors.root_words(error), hint=hint) from None


def _answered(error: Any, asked: dict[str, Any]) -> errors.ServerError:
    import hvac.exceptions as hvac

    said = "; ".join(" ".join(str(word).split()) for word in error.errors or ())
    words = said[:_WORDS_AT_MOST] or type(error).__name__
    profile = asked["system"].removeprefix("Vault ")
    if isinstance(error, hvac.InvalidPath):
        return errors.NotFound(**asked, status=404, words=words)
    if isinstance(error, (hvac.Forbidden, hvac.Unauthorized)):
        hint = f"check vault.{profile}.auth and its policies"
        return errors.Forbidden(**asked, status=403, words=words, hint=hint)
    if isinstance(error, hvac.VaultDown):
        hint = "unseal it" if "sealed" in words else "wait for it, or look at its log"
        return errors.Unavailable(**asked, status=503, words=words, hint=hint)
    if isinstance(error, hvac.InvalidRequest):
        kind = errors.Conflict if _MISMATCH in words else errors.ServerError
        return kind(**asked, status=400, words=words)
    # 429, 5xx, and whatever else a proxy before it may say: all of them pass.
    hint = "try again; if it stays, look at Vault's log"
    return errors.Unavailable(**asked, status=_PASSING.get(type(error).__name__, 0), words=words, hint=hint)
