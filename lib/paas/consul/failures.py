"""What Consul, py-consul, requests and connections raise, as the errors of `paas.errors`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from ssl import SSLError
from typing import Any

from paas import errors

_WORDS_AT_MOST = 300


@contextmanager
def translated(*, profile: str, operation: str, target: str) -> Iterator[None]:
    """Turn what py-consul and requests raise inside the block into a `paas.errors.ServerError`.

    Raises:
        ServerError: Or one of its kinds, with Consul's own words.
    """
    import consul
    import requests

    asked: dict[str, Any] = {"system": f"Consul {profile}", "operation": operation, "target": target}
    try:
        yield
    except consul.ConsulException as error:
        raise _answered(error, asked) from None
    except requests.exceptions.RequestException as error:
        raise _away(error, asked, tls=isinstance(error, requests.exceptions.SSLError)) from None


@contextmanager
def reaching(asked: dict[str, Any]) -> Iterator[None]:
    """Turn what a connection raises inside the block into a `paas.errors.ServerError`.

    Args:
        asked: `system`, `operation` and `target` of the request.

    Raises:
        Unavailable: The request got no answer.
    """
    try:
        yield
    except (HTTPException, OSError) as error:
        raise _away(error, asked, tls=isinstance(error, SSLError)) from None


def _away(error: Exception, asked: dict[str, Any], *, tls: bool) -> errors.ServerError:
    profile = asked["system"].removeprefix("Consul ")
    hint = f"check consul.{profile}.address and that Consul is up"
    if tls:
        hint = f"set consul.{profile}.ca_file to the authority that signed the server's certificate"
    return errors.Unavailable(**asked, words=errors.root_words(error), hint=hint)


def _answered(error: Any, asked: dict[str, Any]) -> errors.ServerError:
    import consul

    text = str(error).strip()
    found = re.match(r"(\d{3})\s+", text)
    words = (text.removeprefix(found.group(0)) if found else text) or type(error).__name__
    forbidden = isinstance(error, (consul.ACLPermissionDenied, consul.ACLDisabled))
    return answered(status=403 if forbidden else int(found.group(1)) if found else 0, words=words, asked=asked)


def answered(*, status: int, words: str, asked: dict[str, Any]) -> errors.ServerError:
    """The error for an answer of Consul.

    Args:
        status: The HTTP status, 0 where none is known.
        words: Consul's own words.
        asked: `system`, `operation` and `target` of the request.
    """
    asked = {**asked, "words": " ".join(words.split())[:_WORDS_AT_MOST] or "no words"}
    profile = asked["system"].removeprefix("Consul ")
    if status in (401, 403):
        hint = f"the token of consul.{profile} needs more rights for that"
        return errors.Forbidden(**asked, status=403, hint=hint)
    if status == 409:
        return errors.Conflict(**asked, status=status)
    if status == 404:
        return errors.NotFound(**asked, status=status)
    if status == 429 or status >= 500 or not status:
        return errors.Unavailable(**asked, status=status, hint="try again; if it stays, look at Consul's leader")
    return errors.ServerError(**asked, status=status)
